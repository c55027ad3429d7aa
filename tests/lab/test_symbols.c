// SPDX-License-Identifier: MIT
/* Names of code, as libdw finds them in the files of this process. */
#include <dlfcn.h>
#include <fcntl.h>
#include <quarry/module.h>
#include <quarry/symbol.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/runner/test.h"

#define GADGET QY_BINARY_DIR "/tests/drivers/gadget.qko"

/* Of what is there the outermost: the rest is inlined. */
static void names_its_init(const struct qy_module_info *info)
{
	struct qy_symbols *symbols = qy_symbols_open();
	struct qy_frame frames[8];
	uint32_t nr;
	bool module;

	CHECK(symbols);
	nr = qy_symbols_levels(symbols, (uintptr_t)info->init + 1, frames, 8, &module);
	CHECK(nr > 0 && module);
	CHECK_STR_EQ(frames[nr - 1].function, "gadget_init");
	CHECK_CONTAINS(frames[nr - 1].file, "tests/drivers/check/gadget.c");
	qy_symbols_close(symbols);
}

/* Whoever reads the file of a module may have it mapped before its code: another reader of names does. */
TEST(symbols, a_file_that_is_mapped_before_its_code_does_not_move_the_names)
{
	void *handle = dlopen(GADGET, RTLD_LAZY), *read;
	const struct qy_module_info *info = handle ? dlsym(handle, "qy_module") : NULL;
	int fd = open(GADGET, O_RDONLY);

	if (!info)
		FAIL("%s", dlerror());
	names_its_init(info);
	read = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(fd >= 0 && read != MAP_FAILED);
	names_its_init(info);
	munmap(read, 4096);
	close(fd);
	dlclose(handle);
}
