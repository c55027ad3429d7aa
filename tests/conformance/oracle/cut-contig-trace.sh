#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: cut-contig-trace.sh TRACE > contig_trace.txt
# Of a recorded trace what contiguous allocations did, without addresses: the events of cma, compaction, migrate and
# page_isolation; of kmem those between the start and the end of an allocation (which frame a page moved to is left out),
# and the frees of a release, a run of frames, up or down, as one line.
set -eu
awk '
function hex(n) { return sprintf("0x%x", n) }
function number(text,    i, n) {
	n = 0
	for (i = 3; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}
function flush_frees() {
	if (nr == 1) put("mm_page_free: pfn=" hex(first) " order=0")
	if (nr > 1) put("mm_page_free: pfn=" hex(first) ".." hex(last) " order=0")
	nr = 0
}
function put(line) { # a line that is repeated stands there once
	if (line == before) { times++; return }
	if (times > 1) print before " x" times
	else if (times) print before
	before = line; times = 1
}
/^#/ { next }
{
	sub(/^.*[0-9]: /, "")
	name = $1
	gsub(/ page=[0-9a-f]*/, "")
}
name == "mm_page_free:" {
	pfn = $2; sub(/pfn=/, "", pfn); pfn = number(pfn)
	if (!inside && !(pfn >= low && pfn < high)) next
	if (nr && (nr == 1 && pfn - last == -1 || pfn - last == step)) { step = pfn - last; last = pfn; nr++; next }
	flush_frees(); first = last = pfn; nr = step = 1; next
}
name == "mm_page_alloc:" { if (inside) { flush_frees(); sub(/pfn=0x[0-9a-f]*/, "pfn=elsewhere"); put($0) } next }
name ~ /^(cma_|mm_compaction_|mm_alloc_contig_|mm_migrate_pages|test_pages_isolated)/ {
	flush_frees()
	if (name == "cma_alloc_start:") inside = 1
	if (name == "cma_alloc_finish:") {
		inside = 0
		pfn = $3; sub(/pfn=/, "", pfn); pfn = number(pfn)
		count = $4; sub(/count=/, "", count)
		if (!low || pfn < low) low = pfn
		if (pfn + count > high) high = pfn + count
	}
	if (inside || name ~ /^cma_/) put($0)
}
END { flush_frees(); put("") }' "$1"
