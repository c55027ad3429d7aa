/* SPDX-License-Identifier: MIT */
/*
 * Second addresses for frames in a Linux process: mappings of the file that RAM is.
 *
 *   qy_host_space, _map, _remap, _protect, _unprotect, _unmap     what struct qy_port says of them, but that nobody waits
 *   qy_host_fault_space, _show, _hide                    the same for pages that come by faults
 *   qy_host_vm_space, _vm_map, _vm_unmap                 the same for vmalloc, which nobody moves
 *   qy_host_ram                                          the file
 *
 * Linux gives a process vm.max_map_count mappings; at the limit malloc() and pthread_create() fail, too. So a part stays
 * the program's: the count is estimated from above, and read from /proc/self/maps before anything is refused.
 *
 * Locking: the estimate is one atomic number of the process, as the limit is the process's.
 */
#ifndef QY_PORTS_HOST_ALIAS_H
#define QY_PORTS_HOST_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

/* A file of @bytes, all holes. Return: its descriptor, -1 with errno and *what could not be done. */
int qy_host_ram(size_t bytes, const char **remedy);

/* @limit: mappings that the process may have; 0 = the host's number, less what is left to the program. */
int qy_host_space(size_t bytes, unsigned int limit, void **address);
int qy_host_map(int file, void *address, size_t offset, size_t bytes, unsigned int limit);
int qy_host_remap(
	int file, void *address, size_t offset, size_t bytes, unsigned int limit);
int qy_host_protect(void *address, size_t bytes, unsigned int limit);
/* Return: 0, -errno. */
int qy_host_unprotect(void *address, size_t bytes);
int qy_host_unmap(void *address, size_t bytes);

/*
 * The same for addresses whose pages come and go one by one: as many mappings as they have pages are theirs from the begin on,
 * three quarters of the host's for all of them, so that show cannot fail for a lack of them.
 */
int qy_host_fault_space(size_t bytes, unsigned int limit, void **address);
int qy_host_show(int file, void *address, size_t offset, size_t bytes);
int qy_host_hide(void *address, size_t bytes);
/* After qy_host_unmap(). */
void qy_host_end_fault_space(size_t bytes);

/* Addresses of vmalloc in one machine. */
struct qy_host_vm {
	void *space; /* 2 MiB aligned, as the window is; NULL: not asked for */
	size_t bytes;
	unsigned char
		*seen; /* of each 2 MiB of the file: was it ever mapped whole? atomic */
};

/* @file_bytes: of RAM. @limit: as above. */
int qy_host_vm_space(struct qy_host_vm *vm, size_t bytes, size_t file_bytes,
	unsigned int limit, void **address);
int qy_host_vm_map(struct qy_host_vm *vm, int file, void *address, size_t offset,
	size_t bytes, bool write, unsigned int limit);
int qy_host_vm_unmap(void *address, size_t bytes);
void qy_host_vm_end(struct qy_host_vm *vm);

/* The mappings that the process has now; 0 when the host does not tell. */
unsigned int qy_host_nr_mappings(void);

#endif
