/* SPDX-License-Identifier: MIT */
/* What a character of ASCII is. No state. */
#ifndef COMPAT_LINUX_CTYPE_H
#define COMPAT_LINUX_CTYPE_H

#define isdigit(c)  ((unsigned int)(c) - '0' < 10u)
#define islower(c)  ((unsigned int)(c) - 'a' < 26u)
#define isupper(c)  ((unsigned int)(c) - 'A' < 26u)
#define isalpha(c)  (islower((c) | 0x20))
#define isalnum(c)  (isalpha(c) || isdigit(c))
#define isspace(c)  ((c) == ' ' || (unsigned int)(c) - '\t' < 5u)
#define isprint(c)  ((unsigned int)(c)-0x20 < 0x5fu)
#define isxdigit(c) (isdigit(c) || (unsigned int)((c) | 0x20) - 'a' < 6u)
#define isascii(c)  ((unsigned int)(c) < 0x80u)
#define toascii(c)  ((c)&0x7f)
#define iscntrl(c)  ((unsigned int)(c) < 0x20u || (c) == 0x7f)
#define isgraph(c)  ((unsigned int)(c)-0x21 < 0x5eu)
#define ispunct(c)  (isgraph(c) && !isalnum(c))
#define isodigit(c) ((unsigned int)(c) - '0' < 8u)
#define tolower(c)  (isupper(c) ? (c) + 0x20 : (c))
#define toupper(c)  (islower(c) ? (c)-0x20 : (c))

#endif
