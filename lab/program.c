// SPDX-License-Identifier: MIT
/*
 * See program.h. No state but the program.
 */
#include "lab/program.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TOKENS 16

/* ------------------------------------------------------------------ a line */

struct line {
	char text[512];
	char *token[MAX_TOKENS];
	unsigned int nr;
	char *why;
	size_t why_size;
};

__attribute__((format(printf, 2, 3))) static int bad(
	struct line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(line->why, line->why_size, fmt, args);
	va_end(args);
	return -1;
}

static int split(struct line *line, const char *text, char *expected)
{
	const char *arrow = strstr(text, "->");
	char *save = NULL;
	size_t n = arrow ? (size_t)(arrow - text) : strlen(text);

	*expected = '\0';
	if (arrow)
		snprintf(expected, QY_PROGRAM_ANSWER, "%s",
			arrow + 2 + strspn(arrow + 2, " "));
	if (arrow && !*expected)
		return bad(line, "an answer is missing behind `->`");
	if (n >= sizeof(line->text))
		return bad(line, "is too long");
	memcpy(line->text, text, n);
	for (char *at = strtok_r(line->text, " \t", &save); at;
		at = strtok_r(NULL, " \t", &save)) {
		if (line->nr == MAX_TOKENS)
			return bad(line, "has too many words");
		line->token[line->nr++] = at;
	}
	return line->nr ? 0 : bad(line, "is empty");
}

static int to_u32(struct line *line, const char *text, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (!isdigit((unsigned char)*text) || *end || value > max)
		return bad(line, "`%.40s` must be a number from 0 to %u", text, max);
	*out = (uint32_t)value;
	return 0;
}

static int to_name(struct line *line, const char *text, char *out)
{
	if (strlen(text) >= QY_PROGRAM_NAME)
		return bad(line, "`%.40s` is longer than %d characters", text,
			QY_PROGRAM_NAME - 1);
	strcpy(out, text);
	return 0;
}

static int to_flags(struct line *line, int *flags)
{
	static const struct {
		const char *word;
		int flag;
	} words[] = { { "r", O_RDONLY }, { "w", O_WRONLY }, { "rw", O_RDWR },
		{ "nonblock", O_NONBLOCK } };

	*flags = O_RDWR;
	for (unsigned int i = 3; i < line->nr; i++) {
		size_t k = 0;

		while (k < 4 && strcmp(words[k].word, line->token[i]) != 0)
			k++;
		if (k == 4)
			return bad(line, "`%.40s` must be r, w, rw or nonblock",
				line->token[i]);
		if (words[k].flag == O_NONBLOCK)
			*flags |= O_NONBLOCK;
		else
			*flags = (*flags & ~O_ACCMODE) | words[k].flag;
	}
	return 0;
}

/* ioctl FILE IOWR C 3 WORD...: the number that Linux's macro of that name makes, with as many bytes as the words have */
static int to_ioctl(struct line *line, struct qy_program_step *step)
{
	static const char *const macros[] = { "IO", "IOW", "IOR", "IOWR" };
	uint32_t nr = 0, dir = 0;

	if (line->nr < 5 || line->token[3][1])
		return bad(line,
			"must be `ioctl FILE IO|IOR|IOW|IOWR LETTER NUMBER WORD...`");
	while (dir < 4 && strcmp(macros[dir], line->token[2]) != 0)
		dir++;
	if (dir == 4)
		return bad(line, "`%.40s` must be IO, IOR, IOW or IOWR", line->token[2]);
	if (to_u32(line, line->token[4], 255, &nr))
		return -1;
	step->nr_words = line->nr - 5;
	if (step->nr_words > QY_PROGRAM_WORDS)
		return bad(line, "has more than %d words", QY_PROGRAM_WORDS);
	if (!dir != !step->nr_words)
		return bad(line, dir ? "needs the words that are read or written"
				     : "has words, and IO takes none");
	for (unsigned int i = 0; i < step->nr_words; i++)
		if (to_u32(line, line->token[5 + i], UINT32_MAX, &step->words[i]))
			return -1;
	step->reads = dir & 2;
	step->cmd = dir << 30 | step->nr_words * 4 << 16 |
		    (uint32_t)(unsigned char)line->token[3][0] << 8 | nr;
	return 0;
}

static int to_sleep(struct line *line, uint64_t *ns)
{
	uint32_t ms;
	char *unit = line->nr == 2 ? strstr(line->token[1], "ms") : NULL;

	if (!unit || unit[2])
		return bad(line, "must be `sleep 20ms`");
	*unit = '\0';
	if (to_u32(line, line->token[1], 60000, &ms))
		return -1;
	*ns = ms * 1000000ull;
	return 0;
}

static const struct {
	const char *word;
	unsigned int least, most; /* words of the line */
	const char *usage;
} verbs[] = {
	[QY_PROGRAM_OPEN] = { "open", 3, 5, "open FILE NODE [r|w|rw] [nonblock]" },
	[QY_PROGRAM_CLOSE] = { "close", 2, 2, "close FILE" },
	[QY_PROGRAM_IOCTL] = { "ioctl", 5, 5 + QY_PROGRAM_WORDS,
		"ioctl FILE IO|IOR|IOW|IOWR LETTER NUMBER WORD..." },
	[QY_PROGRAM_WRITE] = { "write", 3, 4, "write FILE BYTES [SEED]" },
	[QY_PROGRAM_READ] = { "read", 3, 3, "read FILE BYTES" },
	[QY_PROGRAM_READ_WORDS] = { "read-words", 3, 3, "read-words FILE BYTES" },
	[QY_PROGRAM_READ_TEXT] = { "read-text", 3, 3, "read-text FILE BYTES" },
	[QY_PROGRAM_SLEEP] = { "sleep", 2, 2, "sleep 20ms" },
};

#define NR_VERBS (sizeof(verbs) / sizeof(verbs[0]))

int qy_program_parse(
	const char *text, struct qy_program_step *step, char *why, size_t why_size)
{
	struct line line = { .why = why, .why_size = why_size };
	unsigned int verb = 0;

	*step = (struct qy_program_step){ 0 };
	if (split(&line, text, step->expected))
		return -1;
	while (verb < NR_VERBS && strcmp(verbs[verb].word, line.token[0]) != 0)
		verb++;
	if (verb == NR_VERBS)
		return bad(&line,
			"`%.40s` must be open, close, ioctl, write, read, read-words, read-text or sleep",
			line.token[0]);
	if (line.nr < verbs[verb].least || line.nr > verbs[verb].most)
		return bad(&line, "must be `%s`", verbs[verb].usage);
	step->verb = verb;
	if (verb == QY_PROGRAM_SLEEP)
		return to_sleep(&line, &step->sleep_ns);
	if (to_name(&line, line.token[1], step->file))
		return -1;
	switch (verb) {
	case QY_PROGRAM_OPEN:
		return to_name(&line, line.token[2], step->node) ||
				       to_flags(&line, &step->flags)
			       ? -1
			       : 0;
	case QY_PROGRAM_CLOSE:
		return 0;
	case QY_PROGRAM_IOCTL:
		return to_ioctl(&line, step);
	default:
		if (line.nr == 4 && to_u32(&line, line.token[3], 255, &step->seed))
			return -1;
		return to_u32(&line, line.token[2], QY_PROGRAM_BYTES, &step->bytes);
	}
}

/* ------------------------------------------------------------------ a step */

static void say_result(char *answer, long result)
{
	const char *name = result < 0 ? strerrorname_np((int)-result) : NULL;

	if (name)
		snprintf(answer, QY_PROGRAM_ANSWER, "-%s", name);
	else
		snprintf(answer, QY_PROGRAM_ANSWER, "%ld", result);
}

__attribute__((format(printf, 2, 3))) static void say(char *answer, const char *fmt, ...)
{
	size_t n = strlen(answer);
	va_list args;

	va_start(args, fmt);
	vsnprintf(answer + n, QY_PROGRAM_ANSWER - n, fmt, args);
	va_end(args);
}

static int find(const struct qy_program *p, const char *name)
{
	for (int i = 0; i < QY_PROGRAM_FILES; i++)
		if (!strcmp(p->file[i], name))
			return i;
	return -1;
}

static void run_open(
	struct qy_program *p, const struct qy_program_step *step, char *answer)
{
	int file = find(p, ""), error;

	if (find(p, step->file) >= 0 || file < 0) {
		say(answer, "no file of that name can be opened any more");
		return;
	}
	error = p->ops->open(p->arg, (unsigned int)file, step->node, step->flags);
	if (!error)
		strcpy(p->file[file], step->file);
	say_result(answer, error);
}

static void run_ioctl(struct qy_program *p, unsigned int file,
	const struct qy_program_step *step, char *answer)
{
	uint32_t words[QY_PROGRAM_WORDS];
	long result;

	memcpy(words, step->words, sizeof(words));
	result = p->ops->ioctl(p->arg, file, step->cmd, words);
	say_result(answer, result);
	for (unsigned int i = 0; result >= 0 && step->reads && i < step->nr_words; i++)
		say(answer, " %u", words[i]);
}

static uint8_t pattern(uint32_t seed, uint32_t at)
{
	return (uint8_t)(seed * 31 + at * 7 + at / 256);
}

static void say_bytes(
	char *answer, enum qy_program_verb verb, const uint8_t *bytes, long n)
{
	uint32_t sum = 0, word;

	switch (verb) {
	case QY_PROGRAM_READ_WORDS:
		for (long at = 0; at + 4 <= n; at += 4) {
			memcpy(&word, bytes + at, sizeof(word));
			say(answer, " %u", word);
		}
		break;
	case QY_PROGRAM_READ_TEXT:
		say(answer, " ");
		for (long at = 0; at < n; at++)
			if (bytes[at] != '\n')
				say(answer, "%c", isprint(bytes[at]) ? bytes[at] : '?');
		break;
	default:
		for (long at = 0; at < n; at++)
			sum = sum * 31 + bytes[at];
		say(answer, " sum %u", sum);
	}
}

static void run_bytes(struct qy_program *p, unsigned int file,
	const struct qy_program_step *step, char *answer)
{
	uint8_t *bytes = calloc(1, step->bytes + 1u);
	long result;

	if (!bytes) {
		say(answer, "the host has no memory left");
		return;
	}
	if (step->verb == QY_PROGRAM_WRITE) {
		for (uint32_t i = 0; i < step->bytes; i++)
			bytes[i] = pattern(step->seed, i);
		say_result(answer, p->ops->write(p->arg, file, bytes, step->bytes));
	} else {
		result = p->ops->read(p->arg, file, bytes, step->bytes);
		say_result(answer, result);
		if (result > 0 && result <= (long)step->bytes)
			say_bytes(answer, step->verb, bytes, result);
	}
	free(bytes);
}

void qy_program_run(struct qy_program *p, const struct qy_program_step *step,
	char answer[QY_PROGRAM_ANSWER])
{
	int file;

	*answer = '\0';
	if (step->verb == QY_PROGRAM_OPEN) {
		run_open(p, step, answer);
		return;
	}
	if (step->verb == QY_PROGRAM_SLEEP) {
		p->ops->sleep(p->arg, step->sleep_ns);
		say_result(answer, 0);
		return;
	}
	file = find(p, step->file);
	if (file < 0) {
		say(answer, "%s is not open", step->file);
		return;
	}
	switch (step->verb) {
	case QY_PROGRAM_CLOSE:
		*p->file[file] = '\0';
		say_result(answer, p->ops->close(p->arg, (unsigned int)file));
		break;
	case QY_PROGRAM_IOCTL:
		run_ioctl(p, (unsigned int)file, step, answer);
		break;
	default:
		run_bytes(p, (unsigned int)file, step, answer);
	}
}

void qy_program_exit(struct qy_program *p)
{
	for (unsigned int i = 0; i < QY_PROGRAM_FILES; i++) {
		if (!*p->file[i])
			continue;
		*p->file[i] = '\0';
		p->ops->close(p->arg, i);
	}
}
