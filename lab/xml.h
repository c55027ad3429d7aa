/* SPDX-License-Identifier: MIT */
/* Text inside XML. No state. */
#ifndef LAB_XML_H
#define LAB_XML_H

#include <stdio.h>

/* A character that XML has no way to hold is a question mark. @text: NULL is nothing. */
static inline void qy_xml_put(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&apos;", out);
			break;
		case '\n':
		case '\t':
			fputc(*text, out);
			break;
		default:
			fputc((unsigned char)*text < ' ' ? '?' : *text, out);
		}
	}
}

#endif
