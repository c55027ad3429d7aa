// SPDX-License-Identifier: MIT
/* See driver_link.h. No state. */
#include "lab/driver_link.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
	const char *path;
	const char *bytes;
	size_t size;
	const Elf64_Shdr *sections;
	unsigned int nr_sections;
	const char *names; /* of sections */
	size_t names_size;
	const char *modinfo, *modinfo_end;
};

/* ------------------------------------------------------------------ the file */

static const void *part(const struct file *f, size_t offset, size_t size)
{
	return offset <= f->size && size <= f->size - offset ? f->bytes + offset : NULL;
}

static const void *content(const struct file *f, const Elf64_Shdr *section)
{
	return section->sh_type == SHT_NOBITS
		       ? NULL
		       : part(f, section->sh_offset, section->sh_size);
}

static bool is_called(const struct file *f, const Elf64_Shdr *section, const char *name)
{
	size_t length = strlen(name) + 1;

	return section->sh_name < f->names_size &&
	       length <= f->names_size - section->sh_name &&
	       !memcmp(f->names + section->sh_name, name, length);
}

static bool read_sections(struct file *f)
{
	const Elf64_Ehdr *head = part(f, 0, sizeof(*head));
	const Elf64_Shdr *names;

	if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
		head->e_ident[EI_CLASS] != ELFCLASS64 ||
		head->e_shentsize != sizeof(Elf64_Shdr) || head->e_shoff % 8)
		return false;
	f->nr_sections = head->e_shnum;
	f->sections = part(f, head->e_shoff, f->nr_sections * sizeof(Elf64_Shdr));
	if (!f->sections || head->e_shstrndx >= f->nr_sections)
		return false;
	names = &f->sections[head->e_shstrndx];
	f->names = content(f, names);
	f->names_size = names->sh_size;
	if (!f->names)
		return false;
	for (unsigned int i = 0; i < f->nr_sections; i++)
		if (is_called(f, &f->sections[i], "qy_modinfo")) {
			f->modinfo = content(f, &f->sections[i]);
			f->modinfo_end = f->modinfo + f->sections[i].sh_size;
		}
	return f->modinfo && f->modinfo < f->modinfo_end && !f->modinfo_end[-1];
}

/* "tag=text": is there one of these? */
static bool says(const struct file *f, const char *tag, const char *text)
{
	size_t n = strlen(tag);

	for (const char *at = f->modinfo; at < f->modinfo_end; at += strlen(at) + 1)
		if (!strncmp(at, tag, n) && at[n] == '=' && !strcmp(at + n + 1, text))
			return true;
	return false;
}

/* The licences that Linux takes for ones that go with its own. */
static bool is_gpl(const struct file *f)
{
	static const char *const licences[] = { "GPL", "GPL v2",
		"GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL",
		"Dual MPL/GPL" };

	for (size_t i = 0; i < sizeof(licences) / sizeof(licences[0]); i++)
		if (says(f, "license", licences[i]))
			return true;
	return false;
}

/* ------------------------------------------------------------------ a symbol */

static const struct qy_module_export *find_export(const struct qy_driver_plan *plan,
	uint32_t before, const char *name, uint32_t *of)
{
	for (*of = 0; *of < before; ++*of) {
		const struct qy_module_info *info = plan->module[*of].info;

		for (const struct qy_module_export *e = info->exports;
			e < info->exports_end; e++)
			if (!strcmp(e->name, name))
				return e;
	}
	return NULL;
}

/* Without what Quarry puts in front of the kernel's names. */
static const char *said_name(const char *name)
{
	return strncmp(name, "qy_k_", 5) ? name : name + 5;
}

__attribute__((format(printf, 3, 4))) static void refuse(
	struct qy_driver_module *module, long error, const char *fmt, ...)
{
	va_list args;

	module->refusal = error;
	va_start(args, fmt);
	vsnprintf(module->why, sizeof(module->why), fmt, args);
	va_end(args);
}

static void refuse_unknown(struct qy_driver_module *module, const char *name)
{
	refuse(module, -ENOENT, "%s: Unknown symbol %s (err %d)", module->name,
		said_name(name), -ENOENT);
}

static void look_up(struct qy_driver_plan *plan, uint32_t i, const struct file *f,
	const char *name, bool weak)
{
	struct qy_driver_module *module = &plan->module[i];
	const struct qy_module_export *e;
	uint32_t of;

	e = find_export(plan, i, name, &of);
	if (!e) {
		if (!weak && !dlsym(RTLD_DEFAULT, name))
			refuse_unknown(module, name);
	} else if (e->gpl && !is_gpl(f)) {
		refuse_unknown(module, name);
	} else if (*e->ns && !says(f, "import_ns", e->ns)) {
		refuse(module, -EINVAL,
			"%s: module uses symbol (%s) from namespace %s, but does not import it.",
			module->name, name, e->ns);
	} else {
		module->uses |= 1u << of;
	}
}

static void look_up_all(struct qy_driver_plan *plan, uint32_t i, const struct file *f,
	const Elf64_Shdr *section)
{
	const Elf64_Sym *symbols = content(f, section);
	const Elf64_Shdr *strings =
		section->sh_link < f->nr_sections ? &f->sections[section->sh_link] : NULL;
	const char *text = strings ? content(f, strings) : NULL;

	if (!symbols || !text || !strings->sh_size || text[strings->sh_size - 1])
		return;
	for (size_t n = 1; n < section->sh_size / sizeof(*symbols); n++) {
		const Elf64_Sym *s = &symbols[n];

		if (s->st_shndx == SHN_UNDEF && s->st_name < strings->sh_size &&
			text[s->st_name] && !plan->module[i].refusal)
			look_up(plan, i, f, text + s->st_name,
				ELF64_ST_BIND(s->st_info) == STB_WEAK);
	}
}

/* ------------------------------------------------------------------ from end to end */

static void name_module(struct qy_driver_module *module, const struct file *f)
{
	for (const char *at = f->modinfo; at < f->modinfo_end; at += strlen(at) + 1)
		if (!strncmp(at, "name=", 5))
			snprintf(module->name, sizeof(module->name), "%s", at + 5);
	module->stand_in = (struct qy_module_info){ .abi = QY_MODULE_ABI,
		.kernel_version = 6u << 16 | 12u << 8,
		.name = module->name };
}

static int map_file(struct file *f, struct qy_err *err)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *memory = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > 0)
		memory = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (memory == MAP_FAILED)
		return qy_fail(
			err, "%s: cannot be read: give a module of `quarry cc`", f->path);
	f->bytes = memory;
	f->size = (size_t)st.st_size;
	return 0;
}

int qy_driver_link(
	struct qy_driver_plan *plan, uint32_t i, const char *path, struct qy_err *err)
{
	struct qy_driver_module *module = &plan->module[i];
	struct file f = { .path = path };

	if (map_file(&f, err))
		return -1;
	if (read_sections(&f)) { /* else dlopen() says what it is */
		name_module(module, &f);
		for (unsigned int n = 0; n < f.nr_sections; n++)
			if (f.sections[n].sh_type == SHT_DYNSYM)
				look_up_all(plan, i, &f, &f.sections[n]);
		if (module->refusal)
			module->info = &module->stand_in;
	}
	munmap((void *)(uintptr_t)f.bytes, f.size);
	return 0;
}
