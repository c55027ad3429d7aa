// SPDX-License-Identifier: MIT
/*
 * Pieces of a command line: numbers, ranges, sizes, words, names with values (linux/kernel.h).
 *
 * No state.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

/* What stood behind the number. */
enum { NO_NUMBER, LAST, COMMA, RANGE };

int get_option(char **s, int *value)
{
	char *at = *s;
	int n;

	if (!at || !*at)
		return NO_NUMBER;
	n = *at == '-' ? -(int)simple_strtoull(++at, s, 0)
		       : (int)simple_strtoull(at, s, 0);
	if (value)
		*value = n;
	if (at == *s)
		return NO_NUMBER;
	if (**s == ',') {
		++*s;
		return COMMA;
	}
	return **s == '-' ? RANGE : LAST;
}

/* The numbers from the one that was read up to the one behind the '-'. Return: how many more, -1. @at: of the last of them. */
static int read_range(char **at, int *values, int first, int room)
{
	int count = 0, last;

	++*at;
	last = (int)simple_strtol(*at, NULL, 0);
	if (first >= last)
		return -1;
	for (int n = first; n < last; n++, count++)
		if (count < room)
			values[count] = n;
	return count;
}

char *get_options(const char *s, int nr, int *values)
{
	char *at = (char *)(uintptr_t)s;
	bool validate = nr == 0;
	int i = 1;

	while (validate || i < nr) {
		int spare, *value = validate ? &spare : values + i;
		int what = get_option(&at, value);

		if (what == NO_NUMBER)
			break;
		if (what == RANGE) {
			int more = read_range(&at, value, *value, validate ? 0 : nr - i);

			if (more < 0)
				break;
			i += more; /* the end of the range is read as a number of its own */
			continue;
		}
		i++;
		if (what == LAST)
			break;
	}
	values[0] = i - 1;
	return at;
}

unsigned long long memparse(const char *s, char **retptr)
{
	static const char suffixes[] = "kmgtpe";
	char *end;
	unsigned long long n = simple_strtoull(s, &end, 0);
	const char *suffix = *end ? strchr(suffixes, *end | 0x20) : NULL;

	if (suffix) {
		n <<= 10 * (suffix - suffixes + 1);
		end++;
	}
	if (retptr)
		*retptr = end;
	return n;
}

bool parse_option_str(const char *s, const char *option)
{
	size_t n = strlen(option);

	while (*s) {
		if (!strncmp(s, option, n) && (!s[n] || s[n] == ','))
			return true;
		s = strchrnul(s, ',');
		s += *s == ',';
	}
	return false;
}

char *next_arg(char *args, char **param, char **value)
{
	bool quoted = *args == '"', in_quote = quoted;
	size_t equals = 0, i;
	char *next;

	args += quoted;
	for (i = 0; args[i] && !(isspace(args[i]) && !in_quote); i++) {
		if (!equals && args[i] == '=')
			equals = i;
		if (args[i] == '"')
			in_quote = !in_quote;
	}
	*param = args;
	*value = NULL;
	if (equals) {
		args[equals] = '\0';
		*value = args + equals + 1;
		if (**value == '"') {
			++*value;
			if (args[i - 1] == '"')
				args[i - 1] = '\0';
		}
	}
	if (quoted && i && args[i - 1] == '"')
		args[i - 1] = '\0';
	next = args + i;
	if (*next)
		*next++ = '\0';
	return skip_spaces(next);
}
