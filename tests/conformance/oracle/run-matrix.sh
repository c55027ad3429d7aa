#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: run-matrix.sh OUT_ROOT   with environment:
#   CUST_KERNEL CUST_KO   the kernel.config build and oracle.ko built against it
#   K61 KO61 K612 KO612   optional distribution kernels and the matching oracle.ko
# Every run is independent; two go in parallel.
set -u
here=$(cd "$(dirname "$0")" && pwd); out=$1; mkdir -p "$out"
for v in CUST 61 612; do ko=KO$v; [ $v = CUST ] && ko=CUST_KO; [ -n "${!ko:-}" ] && "$here/mkinitramfs.sh" "${!ko}" "$out/ird.$v.gz"; done
BASE=noboost,zones,buddy,constants,kmalloc_sizes,kmalloc_edge,kmalloc_align,krealloc,ctor,slab_order,pages,gfp_zones,kvmalloc,vmalloc,dma,dma_hold,dma_map,dma_pool,mempool,caches,allslabs
BUGS=bug_leak,bug_doublefree,bug_doublefree2,bug_redzone,bug_uaf,bug_kmalloc_redzone,bug_vfree,bug_dmapool,bug_dma_leak,kmalloc_warn,sleep_atomic,failslab
q() { v=$1 o=$2 s=$3; shift 3; k=K$v; [ $v = CUST ] && k=CUST_KERNEL; [ -n "${!k:-}" ] || return 0
	echo "$o: $(LIMIT=200 "$here/run-qemu.sh" "${!k}" "$out/ird.$v.gz" "$out/$o" "$s" "$*" 2>&1 | tr '\n' ' ')"; }
A() {
q CUST cust_1g $BASE,trace cma=64M slab_nomerge
SMP=1 q CUST cust_smp1 constants,caches,allslabs cma=64M slab_nomerge
SMP=4 q CUST cust_smp4 constants,caches,allslabs,slab_order cma=64M slab_nomerge
MEM=6G q CUST cust_6g noboost,zones,gfp_zones,buddy,dma,dma_hold,dma_map,merge,kvmalloc cma=64M
MEM=256M q CUST cust_frag noboost,zones,watermarks,zones,atomic_fail,frag,zones cma=0
MEM=256M q CUST cust_frag_cma_boost zones,watermarks,zones,atomic_fail,frag,zones
MEM=256M q CUST cust_oom zones,oom cma=0
q CUST cust_bugs $BUGS slub_debug=FZPU
q CUST cust_caches_debug caches,allslabs 'slub_debug=FZPU,orc_*'
}
B() {
q 61 deb61_1g $BASE slab_nomerge
q 612 deb612_1g $BASE slab_nomerge
MEM=6G q 612 deb612_6g noboost,zones,gfp_zones,buddy,dma,dma_map,merge,kvmalloc
MEM=512M q 612 deb612_frag noboost,zones,watermarks,zones,atomic_fail,frag
MEM=512M q 612 deb612_oom zones,oom
q 612 deb612_bugs $BUGS slub_debug=FZPU
q 61 deb61_dfree_nodebug bug_doublefree2
}
A & B & wait
