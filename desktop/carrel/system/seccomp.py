"""A seccomp filter in classic BPF, installed by ctypes: which system calls a process may make.

It allows one socket family (or none) rather than denying a list of them, and
closes the ways around: io_uring, ptrace and its kin, foreign calling
conventions, execve where asked. Needs no library and no privilege
(seccomp(2), bpf(4); Linux 3.17 or newer). Must not know what the process does.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PR_SET_NO_NEW_PRIVS: Final = 38
SECCOMP_SET_MODE_FILTER: Final = 1
SECCOMP_FILTER_FLAG_TSYNC: Final = 1
AF_UNIX: Final = 1

RET_ALLOW: Final = 0x7FFF0000
RET_ERRNO: Final = 0x00050000
RET_KILL_PROCESS: Final = 0x80000000

# Offsets into struct seccomp_data: nr, arch, instruction pointer, args[6] (64 bit each).
_NR: Final = 0
_ARCH: Final = 4
_ARG0_LOW: Final = 16
_ARG0_HIGH: Final = 20

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K


class SeccompUnavailable(OSError):
    """The kernel or the machine does not take the filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """System call numbers of one machine (arch/x86 syscall_64.tbl, asm-generic/unistd.h)."""

    audit: int
    seccomp: int
    socket: int
    socketpair: int
    execute: tuple[int, ...]
    absent: tuple[int, ...]
    foreign_from: int | None = None


MACHINES: Final = {
    "x86_64": Machine(
        audit=0xC000003E,
        seccomp=317,
        socket=41,
        socketpair=53,
        execute=(59, 322),  # execve, execveat
        absent=(
            *(425, 426, 427),  # io_uring_setup, _enter, _register: sockets without system calls
            *(101, 310, 311, 438),  # ptrace, process_vm_readv/_writev, pidfd_getfd
            *(321, 298, 323),  # bpf, perf_event_open, userfaultfd
            *(175, 313, 246, 320, 304),  # init_module, finit_, kexec_load, _file, open_by_handle
        ),
        foreign_from=0x40000000,  # the x32 calling convention would slip past the numbers
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        seccomp=277,
        socket=198,
        socketpair=199,
        execute=(221, 281),
        absent=(
            *(425, 426, 427),
            *(117, 270, 271, 438),
            *(280, 241, 282),
            *(105, 273, 104, 294, 265),
        ),
    ),
}
"""aarch64 is written from the kernel's table and has not been run."""


def _instruction(code: int, jump_true: int, jump_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, jump_true, jump_false, value & 0xFFFFFFFF)


def build_filter(
    machine: Machine, *, allow_unix: bool, allow_exec: bool, kill: bool
) -> list[bytes]:
    """The filter as a list of 8-byte instructions.

    Args:
        machine: whose numbers to use.
        allow_unix: AF_UNIX sockets may be opened (the window needs its display and key store).
        allow_exec: other programs may be started (the window starts its workers).
        kill: a forbidden call ends the process instead of failing with EPERM.
    """
    deny = RET_KILL_PROCESS if kill else RET_ERRNO | errno.EPERM

    def refuse_equal(value: int, verdict: int) -> list[bytes]:
        return [_instruction(_JUMP_EQUAL, 0, 1, value), _instruction(_RETURN, 0, 0, verdict)]

    def unix_only(number: int) -> list[bytes]:
        return [
            _instruction(_JUMP_EQUAL, 0, 7, number),
            _instruction(_LOAD, 0, 0, _ARG0_LOW),
            _instruction(_JUMP_EQUAL, 0, 3, AF_UNIX),
            _instruction(_LOAD, 0, 0, _ARG0_HIGH),
            _instruction(_JUMP_EQUAL, 0, 1, 0),
            _instruction(_RETURN, 0, 0, RET_ALLOW),
            _instruction(_RETURN, 0, 0, deny),
            _instruction(_LOAD, 0, 0, _NR),
        ]

    program = [
        _instruction(_LOAD, 0, 0, _ARCH),
        _instruction(_JUMP_EQUAL, 1, 0, machine.audit),
        _instruction(_RETURN, 0, 0, deny),
        _instruction(_LOAD, 0, 0, _NR),
    ]
    if machine.foreign_from is not None:
        program += [
            _instruction(_JUMP_AT_LEAST, 0, 1, machine.foreign_from),
            _instruction(_RETURN, 0, 0, deny),
        ]
    for number in machine.absent:
        program += refuse_equal(number, RET_ERRNO | errno.ENOSYS)
    if not allow_exec:
        for number in machine.execute:
            program += refuse_equal(number, deny)
    program += unix_only(machine.socket) if allow_unix else refuse_equal(machine.socket, deny)
    # A socketpair reaches nobody but ourselves.
    program += unix_only(machine.socketpair)
    program.append(_instruction(_RETURN, 0, 0, RET_ALLOW))
    return program


def install(*, allow_unix: bool, allow_exec: bool, kill: bool = False) -> None:
    """Install the filter on every thread of this process, for good.

    Raises:
        SeccompUnavailable: the kernel refused, or the machine is not known.
    """
    machine = MACHINES.get(platform.machine())
    if os.name != "posix" or machine is None or platform.system() != "Linux":
        raise SeccompUnavailable(
            errno.ENOSYS, f"no filter for {platform.system()} on {platform.machine()}"
        )
    program = build_filter(machine, allow_unix=allow_unix, allow_exec=allow_exec, kill=kill)
    _load(machine, program)


def _load(machine: Machine, program: Sequence[bytes]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    code = b"".join(program)
    instructions = ctypes.create_string_buffer(code, len(code))
    descriptor = ctypes.create_string_buffer(
        struct.pack("@HxxxxxxP", len(program), ctypes.addressof(instructions))
    )
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise SeccompUnavailable(ctypes.get_errno(), "no_new_privs was refused")
    result = libc.syscall(
        machine.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, descriptor
    )
    if result:
        raise SeccompUnavailable(ctypes.get_errno(), "the kernel refused the filter")
