#!/usr/bin/env python3
"""Holds the object code of stack/ against its promise: no I/O, no clock, no thread, no global that varies.

usage: check_stack.py libstack.a

Reads the symbol table: a call that leaves libc's memory and string functions, or a symbol in .data or .bss, is
named. Exit status 1 if there is any. (assert() is allowed its abort.)
"""
import re
import subprocess
import sys

FORBIDDEN = re.compile(
    r"^(time|clock|clock_gettime|gettimeofday|nanosleep|usleep|sleep|rand|random|srand|srandom|rand_r|drand48|"
    r"arc4random.*|getrandom|open|openat|read|write|close|fopen.*|fclose|fread|fwrite|printf|fprintf|vprintf|"
    r"vfprintf|puts|putchar|perror|__printf_chk|__fprintf_chk|socket|send|sendto|sendmsg|recv|recvfrom|recvmsg|"
    r"bind|connect|listen|accept|poll|select|epoll_.*|ioctl|fcntl|pthread_.*|thrd_.*|mtx_.*|getenv|setenv|"
    r"system|exec.*|fork|signal|sigaction|stdout|stderr|stdin|exit|strtok|localtime|gmtime|rand|g_.*)$")


def main():
    wrong, calls, defined = [], [], set()
    table = subprocess.run(["objdump", "-t", sys.argv[1]], capture_output=True, text=True, check=True).stdout
    member = ""
    for line in table.splitlines():
        match = re.match(r"^(\S+\.o):\s", line)
        if match:
            member = match.group(1)
            continue
        match = re.match(r"^[0-9a-f]+ (.{7}) (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$", line)
        if not match:
            continue
        kind, section, size, name = match.groups()
        if section != "*UND*":
            defined.add(name)
        elif FORBIDDEN.match(name):
            calls.append((member, name))
        varies = re.match(r"^\.(data|bss)(\.(?!rel\.ro).*)?$", section) or section == "*COM*"
        if varies and "O" in kind and int(size, 16) > 0:
            wrong.append(f"{member}: {name} is a variable that lives as long as the program")
    wrong += [f"{member}: calls {name}" for member, name in calls if name not in defined]
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
