/* SPDX-License-Identifier: MIT */
/*
 * The deterministic port: one host thread plays every CPU of the board, time is virtual, port calls can be made to
 * fail, and something can happen at every step.
 */
#ifndef QUARRY_SIM_H
#define QUARRY_SIM_H

#include <quarry.h>

struct qy_sim_opts {
	void (*log)(
		void *arg, enum qy_log_level level, const char *line); /* NULL: dropped */
	void *log_arg;
	/* called instead of abort() when the core panics; must not return (longjmp, exit) */
	void (*panic)(void *arg, const char *line);
	/* frames are handed out but never written: no host memory is put behind them */
	bool no_contents;
	/* nobody looks at the bytes of tasks: host memory is put behind none of their anonymous pages */
	bool blank_tasks;
	/*
	 * Frames have content, and host memory once they are touched: for machines of which little is. A host that runs dry
	 * then ends the process instead of failing an allocation.
	 */
	bool on_touch;
	/*
	 * RAM has second addresses, so that mapped ranges (quarry/mapped.h) work. A fork of the process then shares RAM with
	 * it and is no fork of the machine until qy_sim_unshare(). Without it qy_mapped_create() answers -EOPNOTSUPP.
	 */
	bool mapped;
	unsigned int max_mappings; /* as in struct qy_hosted_opts */
	/*
	 * CPUs are shared by threads, as with QY_FRONT_RSEQ: qy_sim_set_cpu() may also be called in an interrupt, and the thread
	 * that was interrupted then goes on there.
	 */
	bool shared_cpus;
	/* told of objects, as struct qy_port has it; NULL: nobody */
	void (*mark)(void *arg, const void *p, size_t bytes, enum qy_mark how);
	void *mark_arg;
	const char *file_directory; /* likewise, both */
	uint64_t disk_bytes;
	uint64_t file_read_ns,
		file_write_ns; /* virtual time that a page takes from and to a file */
};

/*
 * Boots @board with this thread on CPU 0, and takes it down. NULL after one line in @why.
 * Context: a thread that stands in no machine; the machine's own thread.
 */
struct qy_machine *qy_sim_boot(const struct qy_board *board,
	const struct qy_sim_opts *opts, char *why, size_t why_size);
void qy_sim_shutdown(struct qy_machine *m);

/**
 * qy_sim_unshare() - what a fork shares with its parent becomes the child's own: RAM, files of the board's disk
 * @m: machine; was up before the fork
 *
 * Pages that were ever written are copied; every address, with the rights it has, leads to the copy. Addresses stay.
 *
 * Context: The child, whose one thread is the machine's, while its parent waits.
 * Return: 0, -errno of the host: then the child shares still, and must end without another step of the machine.
 */
int qy_sim_unshare(struct qy_machine *m);
/* Has the host room for another copy of what was written of its RAM? Context: the machine's thread. */
bool qy_sim_may_unshare(struct qy_machine *m);

/*
 * A fault of this process that a handler of its own has caught (siginfo_t, ucontext_t): was it an access to a protected frame
 * (quarry/kfence.h) that is to be made again? Who installs a handler of SIGSEGV on top of the port's asks first.
 * Context: that handler.
 */
bool qy_sim_fault(const void *info, const void *context);
/*
 * @fn is asked of every fault of this process that is no protected frame's, in the port's own handler: is the access to be made again?
 * NULL: nobody is. Return: 0, -errno of the host. Context: any.
 */
int qy_sim_watch_faults(bool (*fn)(void *context));
/*
 * Of a ucontext_t: what was touched, and was it written to? Return: 1, 0; -1: the host does not say. Context: as above.
 */
int qy_sim_fault_at(const void *context, const void **address);

/* ------------------------------------------------------------------ memory of programs */

/*
 * Addresses in this process that a program of the board has, and what is to be seen there. Machines with `mapped` alone.
 * Addresses and sizes are multiples of 4 KiB.
 *
 * space    *address begins @bytes where nothing is: who touches them gets SIGSEGV. Where it can be, in one run as in the next.
 * end      they are the host's again.
 * show     [address, address + bytes) is the memory at @p, which lies in the window or in storage; read-only without @write.
 * hide     nothing is there.
 * storage  zeroed memory that is no RAM of the board, for registers of its devices; NULL: the host has none, or no `mapped`. It
 *          goes with the machine, or when it is forgotten.
 *
 * Context: the machine's thread. Return: 0; -EOPNOTSUPP: not `mapped`; -EFAULT: @p cannot be shown; -errno of the host.
 */
int qy_sim_program_space(struct qy_machine *m, size_t bytes, void **address);
int qy_sim_program_end(struct qy_machine *m, void *address, size_t bytes);
int qy_sim_program_show(
	struct qy_machine *m, void *address, const void *p, size_t bytes, bool write);
int qy_sim_program_hide(struct qy_machine *m, void *address, size_t bytes);
void *qy_sim_storage(struct qy_machine *m, size_t bytes);
void qy_sim_storage_forget(struct qy_machine *m, void *p);

/*
 * This thread goes on as another CPU of the board. Context: the machine's thread, not in an interrupt unless CPUs are shared.
 */
void qy_sim_set_cpu(struct qy_machine *m, unsigned int cpu);

/*
 * Virtual time, nanoseconds since boot. It moves here, and when every task waits (quarry/fiber.h). Events on the way run.
 * Context: the machine's thread.
 */
void qy_sim_advance(struct qy_machine *m, uint64_t ns);
uint64_t qy_sim_now(const struct qy_machine *m);

/*
 * The n-th port call from now that can fail does fail (1 = the next); 0 = none. qy_sim_port_calls(): how many could
 * have failed so far.
 * Context: the machine's thread.
 */
void qy_sim_fail_port_call(struct qy_machine *m, uint64_t n);
uint64_t qy_sim_port_calls(const struct qy_machine *m);

/*
 * An interrupt: @fn runs on this CPU, in hard-interrupt context, at the next step where interrupts are not masked;
 * with @every, at every such step. It may allocate (GFP_ATOMIC) and free. NULL removes it.
 * Context: the machine's thread.
 */
void qy_sim_interrupt(struct qy_machine *m, void (*fn)(void *arg), void *arg, bool every);

#endif
