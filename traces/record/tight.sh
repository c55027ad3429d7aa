#!/bin/sh
# SPDX-License-Identifier: MIT
# The load of the recording: a small machine with little memory left copies and packs files, runs short-lived programs,
# fills and empties a tmpfs and talks to itself over loopback. About two and a half minutes.
cd /disk
files() { # copies, packing, deleting
	for d in a b c d e f; do
		cp -r src/$d copy.$d; sleep 2
		tar cf - copy.$d | gzip -1 > $d.tgz; sleep 1
		rm -r copy.$d
		find src/$d -type f | head -150 | xargs cat > /dev/null; sleep 3
		gzip -dc $d.tgz | tar tf - > /dev/null; rm $d.tgz; sleep 1
	done
}
churn() { # short-lived programs
	i=0
	while [ $i -lt 85 ]; do
		ls -lR src/a | sort | awk '{ n += $5 } END { print n }' > /dev/null
		sh -c 'echo $(date) | tr a-z A-Z | md5sum' > /dev/null
		find src -name '*.h' | wc -l > /dev/null
		i=$((i + 1)); sleep 1
	done
}
ram() { # a tmpfs that fills and empties
	for n in 6 12 20 8 24 16 28 10 22 14 30 18; do
		dd if=/dev/zero of=/tmp/f.$n bs=64k count=$((n * 16)) 2> /dev/null; sleep 6
		rm /tmp/f.$n; sleep 6
	done
}
net() { # over loopback
	ifconfig lo 127.0.0.1 up
	for n in 1 2 3 4 5 6 7 8 9 10; do
		nc -l -p 700$((n - 1)) > /dev/null & sleep 1
		dd if=/dev/zero bs=64k count=40 2> /dev/null | nc 127.0.0.1 700$((n - 1)); wait $!
		sleep 12
	done
}
stream() { # a large file, read once, piece by piece
	i=0
	while [ $i -lt 28 ]; do
		dd if=big of=/dev/null bs=64k count=80 skip=$((i * 80)) 2> /dev/null
		i=$((i + 1)); sleep 5
	done
}
files & stream & churn & ram & net &
wait
