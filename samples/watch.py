#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Show every ICMP packet that reaches this host until Ctrl-C, then how many there
were. What include/sockopt/sockopt.h declares, called with nothing but ctypes."""

import ctypes
import signal
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

LIBRARY = "libsockopt.so.0"
LINE = 512  # SOCKOPT_ICMP_LINE
AGAIN = (-4, -11)  # -EINTR, -EAGAIN


class Config(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("slots", c_uint32), ("snaplen", c_uint32),
                ("batch", c_uint32), ("generation", c_uint32),
                ("wake_records", c_uint32), ("wake_delay_us", c_uint32),
                ("reserved", c_uint32), ("filter", c_void_p), ("program", c_void_p)]


class Stats(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("seen", c_uint64),
                ("filtered", c_uint64), ("delivered", c_uint64), ("pending", c_uint64),
                ("lost", c_uint64), ("lost_full", c_uint64), ("lost_busy", c_uint64)]


# name: what it returns, what it takes
FUNCTIONS = {
    "sockopt_strerror": (c_char_p, [c_int]),
    "sockopt_icmp_open": (c_int, [POINTER(c_void_p), POINTER(Config)]),
    "sockopt_icmp_format": (c_int, [c_void_p, c_char_p, c_size_t]),
    "sockopt_stream_wait": (c_int, [c_void_p, c_int]),
    "sockopt_stream_pull": (c_int, [c_void_p]),
    "sockopt_stream_next": (c_void_p, [c_void_p]),
    "sockopt_stream_release": (None, [c_void_p]),
    "sockopt_stream_stats": (c_int, [c_void_p, POINTER(Stats)]),
    "sockopt_stream_stop": (c_int, [c_void_p]),
    "sockopt_stream_close": (None, [c_void_p]),
}


def load():
    try:
        lib = ctypes.CDLL(LIBRARY)
    except OSError as error:
        sys.exit(f"{sys.argv[0]}: {error}\n"
                 "Install the library ('make install', then 'ldconfig'), or say where it is:\n"
                 f"LD_LIBRARY_PATH=build/libsockopt/.libs {sys.argv[0]}")
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


def check(lib, ret):
    """Errors end the program with what to do about them."""
    if ret < 0:
        sys.exit(f"{sys.argv[0]}: {lib.sockopt_strerror(ret).decode()}")


def show(lib, stream):
    """The batch that was pulled, a line each. Returns how many."""
    line = ctypes.create_string_buffer(LINE)
    shown = 0
    while record := lib.sockopt_stream_next(stream):
        if lib.sockopt_icmp_format(record, line, LINE) > 0:
            print(line.value.decode(), flush=True)
            shown += 1
        lib.sockopt_stream_release(stream)
    return shown


def watch(lib, stream):
    """Until the end of stream. Python handles a signal between two calls, so none of
    them may wait for ever."""
    shown = 0
    while True:
        ret = lib.sockopt_stream_wait(stream, 500)
        if ret > 0:
            ret = lib.sockopt_stream_pull(stream)
            if ret == 0:
                return shown
        if ret not in AGAIN:
            check(lib, ret)
        shown += show(lib, stream)


def main():
    if len(sys.argv) > 1:
        is_help = sys.argv[1:] == ["--help"]
        print(f"usage: {sys.argv[0]} [--help]", file=sys.stdout if is_help else sys.stderr)
        return 0 if is_help else 2
    lib = load()
    stream = c_void_p()
    stats = Stats(size=ctypes.sizeof(Stats))
    check(lib, lib.sockopt_icmp_open(byref(stream), Config(size=ctypes.sizeof(Config))))
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, lambda *_: lib.sockopt_stream_stop(stream))
    shown = watch(lib, stream)
    check(lib, lib.sockopt_stream_stats(stream, byref(stats)))
    print(f"{stats.seen} seen, {shown} shown, {stats.lost} lost")
    lib.sockopt_stream_close(stream)
    return 0


if __name__ == "__main__":
    sys.exit(main())
