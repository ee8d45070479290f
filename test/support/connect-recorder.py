"""Runs a program and writes down every address that it connects to or sends to: none is too short-lived
to be seen, because the kernel holds each call until it is written down.

    connect-recorder.py LOG PROGRAM [ARGUMENT ...]

LOG gets a line for each call: `tcp 127.0.0.1:443`, `unix /run/x`, `io_uring`. Signals to end are passed on,
the exit code is the program's; the program ends with this one. Exit code 125: this machine cannot do it.

Sources: seccomp(2), SECCOMP_RET_USER_NOTIF (Linux 5.5); seccomp_unotify(2); unix(7), SCM_RIGHTS.
"""
import array
import ctypes
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import sys
import threading

CANNOT = 125
CALLS = {
    "x86_64": (0xC000003E, 317, {42: "connect", 44: "sendto", 46: "sendmsg", 307: "sendmmsg", 425: "io_uring"}),
    "aarch64": (0xC00000B7, 277, {203: "connect", 206: "sendto", 211: "sendmsg", 269: "sendmmsg", 425: "io_uring"}),
}
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SET_MODE_FILTER, NEW_LISTENER = 1, 8
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000
RECEIVE, ANSWER = 0xC0502100, 0xC0182101
NOTIFICATION = "QIIiIQ6Q"
CONTINUE = 1

libc = ctypes.CDLL(None, use_errno=True)


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def filter_of(audit, calls):
    """A notification for these calls, everything else as it was."""

    def step(code, value, then=0, otherwise=0):
        return struct.pack("HBBI", code, then, otherwise, value)

    steps = [step(LOAD, 4), step(JUMP_IF_EQUAL, audit, 1), step(RETURN, ALLOW), step(LOAD, 0)]
    for index, number in enumerate(calls):
        steps.append(step(JUMP_IF_EQUAL, number, len(calls) - index))
    return b"".join([*steps, step(RETURN, ALLOW), step(RETURN, NOTIFY)])


def become(program, seccomp, code, channel):
    """The filter holds for one thread, which becomes the program; another one hands the listener over."""
    installed, handed = threading.Event(), threading.Event()
    listener = []

    def filtered():
        buffer = ctypes.create_string_buffer(code, len(code))
        what = Filter(len(code) // 8, ctypes.addressof(buffer))
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        listener.append(libc.syscall(seccomp, SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(what)))
        installed.set()
        handed.wait()
        os.close(listener[0])
        try:
            os.execvp(program[0], program)
        finally:
            os._exit(127)

    threading.Thread(target=filtered, daemon=True).start()
    installed.wait()
    if listener[0] < 0:
        os._exit(CANNOT)
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", listener))
    channel.sendmsg([b"x"], [rights])
    channel.close()
    handed.set()
    threading.Event().wait()


def address_at(memory, pointer, length):
    memory.seek(pointer)
    data = memory.read(min(length, 128))
    family = struct.unpack("H", data[:2])[0]
    if family == socket.AF_INET:
        return f"{socket.inet_ntoa(data[4:8])}:{struct.unpack('>H', data[2:4])[0]}"
    if family == socket.AF_INET6:
        return f"[{socket.inet_ntop(family, data[8:24])}]:{struct.unpack('>H', data[2:4])[0]}"
    if family == socket.AF_UNIX:
        return "unix " + data[2:length].split(b"\0")[0].decode(errors="replace")
    return f"family {family}"


def address_of(name, thread, arguments):
    """Nothing for what is said over a connection that was written down when it was opened."""
    if name == "io_uring":
        return "io_uring"
    with open(f"/proc/{thread}/mem", "rb") as memory:
        pointer, length = arguments[1:3] if name == "connect" else arguments[4:6]
        if name in ("sendmsg", "sendmmsg"):
            memory.seek(arguments[1])
            pointer, length = struct.unpack("QI", memory.read(12))
        return address_at(memory, pointer, length) if pointer else None


def record(listener, calls, log):
    """Until the program is gone."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        [(_, event)] = poll.poll() or [(0, 0)]
        if event & select.POLLIN:
            notification = bytearray(struct.calcsize(NOTIFICATION))
            try:
                fcntl.ioctl(listener, RECEIVE, notification)
            except OSError:
                continue
            call, thread, _, number, _, _, *arguments = struct.unpack(NOTIFICATION, notification)
            try:
                address = address_of(calls[number], thread, arguments)
            except OSError as error:
                address = f"unknown {error}"
            if address:
                log.write(f"{address}\n")
                log.flush()
            try:
                fcntl.ioctl(listener, ANSWER, bytearray(struct.pack("QqiI", call, 0, 0, CONTINUE)))
            except OSError:
                pass
        elif event:
            return


def main(log_path, *program):
    audit, seccomp, calls = CALLS.get(platform.machine(), (0, 0, None))
    if calls is None or sys.platform != "linux":
        return CANNOT
    own, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        own.close()
        become(program, seccomp, filter_of(audit, calls), theirs)
    theirs.close()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda number, _: os.kill(child, number))
    received, rights, _, _ = own.recvmsg(1, socket.CMSG_SPACE(4))
    if received:
        with open(log_path, "a", encoding="utf-8") as log:
            record(struct.unpack("i", rights[0][2][:4])[0], calls, log)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


sys.exit(main(*sys.argv[1:]))
