/* SPDX-License-Identifier: MIT */
/* Rights and kinds of mappings, and where vmalloc's addresses lie. No state. */
#ifndef COMPAT_LINUX_PGTABLE_H
#define COMPAT_LINUX_PGTABLE_H

#include <asm/page.h>
#include <quarry/vmalloc.h>

struct pgprot {
	unsigned long pgprot;
};
typedef struct pgprot pgprot_t;

#define pgprot_val(prot) ((prot).pgprot)
#define __pgprot(value)  ((pgprot_t){ (value) })

#define PAGE_KERNEL    __pgprot(QY_PAGE_KERNEL)
#define PAGE_KERNEL_RO __pgprot(QY_PAGE_KERNEL_RO)
#define PAGE_SHARED    __pgprot(QY_PAGE_KERNEL)
#define PAGE_READONLY  __pgprot(QY_PAGE_KERNEL_RO)

/* stub: in the board's page tables; the process has the host's caches */
#define pgprot_noncached(prot)    __pgprot(pgprot_val(prot) | QY_PROT_UNCACHED)
/* stub: in the board's page tables; the process has the host's caches */
#define pgprot_writecombine(prot) __pgprot(pgprot_val(prot) | QY_PROT_WRITECOMBINE)

/* stub: as of pgprot_noncached() */
#define pgprot_device(prot)      __pgprot(pgprot_val(prot) | QY_PROT_UNCACHED)
/* stub: as of pgprot_writecombine() */
#define pgprot_dmacoherent(prot) __pgprot(pgprot_val(prot) | QY_PROT_WRITECOMBINE)
/* stub: memory of a program is never encrypted here */
#define pgprot_decrypted(prot)   (prot)
/* stub: memory of a program is never encrypted here */
#define pgprot_encrypted(prot)   (prot)

/* Of this process; the board's own are what is printed. */
#define VMALLOC_START ((unsigned long)qy_vmalloc_begin(qy_this_machine()))
#define VMALLOC_END   ((unsigned long)qy_vmalloc_end(qy_this_machine()))

#endif
