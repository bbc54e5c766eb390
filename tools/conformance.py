#!/usr/bin/env python3
"""Writes docs/conformance.md: what the public packetdrill suites say of the simulated host, by suite and folder.

usage: conformance.py TCPSIM OUTPUT SUITE=PROFILE:FOLDER...

SUITE is google, freebsd or linux; FOLDER a checkout of its scripts. Nothing of a suite is kept but names, counts and reasons.
"""
import collections
import json
import os
import re
import subprocess
import sys

# What the suites hold beside TCP's own behaviour: other features of one system's socket layer.
EXTRAS = {
    "google": r"^(zerocopy|timestamping|inq|gro|md5|sendfile|splice|syscall_bad_arg)/",
    "linux": r"^tcp_(zerocopy|timestamping|inq|md5|sendfile|splice|syscall_bad_arg)",
    "freebsd": r"^tcp-over-udp/|md5|udp",
}

# Scripts that Linux 6.18 itself fails, for more than timing (run there by google's packetdrill): the profile follows the kernel.
KERNEL_FAILS = {
    "epoll/epoll_out_edge.pkt": "more leaves at once",
    "epoll/epoll_out_edge_default_notsent_lowat.pkt": "more leaves at once",
    "epoll/epoll_out_edge_notsent_lowat.pkt": "more leaves at once",
    "notsent_lowat/notsent-lowat-default.pkt": "more leaves at once",
    "gro/gro-mss-option.pkt": "the text is not taken",
    "ioctl/ioctl-siocinq-fin.pkt": "the FIN's ACK is delayed",
    "shutdown/shutdown-rdwr-write-queue-close.pkt": "the FIN leaves later",
}


def note(suite, script):
    reason = KERNEL_FAILS.get(script) if suite == "google" else None
    return f" (Linux 6.18 fails it too: {reason})" if reason else ""


def run(tcpsim, profile, folder, ip):
    words = [tcpsim, "run", "--json", "--profile", profile, "--ip", ip, "."]
    out = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, text=True, check=False).stdout
    return [json.loads(line) for line in out.splitlines()]


def folder_of(suite, script):
    name = script.removeprefix("./")
    if suite == "linux":
        return re.match(r"(tcp_[a-z0-9]+)", name).group(1)
    parts = name.split("/")
    return "/".join(parts[:-1][:2]) or "."


def share(passed, scripts):
    return f"{passed} of {scripts} ({100 * passed / scripts:.1f} %)" if scripts else "-"


def section(suite, profile, results, ip):
    core = [r for r in results if not re.search(EXTRAS[suite], r["script"].removeprefix("./"))]
    lines = [f"## {suite}, profile `{profile}`, {ip}", "",
             f"Core: {share(sum(r['result'] == 'pass' for r in core), len(core))}. "
             f"All: {share(sum(r['result'] == 'pass' for r in results), len(results))}.", "",
             "| folder | passed | of |", "|---|---|---|"]
    folders = collections.OrderedDict()
    for r in results:
        folders.setdefault(folder_of(suite, r["script"]), []).append(r["result"] == "pass")
    lines += [f"| {name} | {sum(marks)} | {len(marks)} |" for name, marks in sorted(folders.items())]
    failed = [r for r in results if r["result"] != "pass"]
    if failed:
        lines += ["", "Not passed, with the line and the reason:", ""]
        for r in failed:
            reason = " ".join((r["message"] or "no reason").replace("`", "'").split())[:140]
            script = r["script"].removeprefix("./")
            lines.append(f"- {script}:{r['line']}: `{reason.strip()}`{note(suite, script)}")
    return lines + [""]


def main():
    tcpsim, output = os.path.abspath(sys.argv[1]), sys.argv[2]
    lines = ["# Conformance", "",
             "Made by `tools/conformance.py` from the public suites: google/packetdrill `gtests/net/tcp`, freebsd-net/tcp-testsuite, and",
             "the Linux kernel's `tools/testing/selftests/net/packetdrill`. *Core* leaves out what is not TCP's own behaviour: zerocopy,",
             "timestamping, TCP_INQ, GRO, MD5, EFAULT, sendfile, splice, TCP over UDP.", ""]
    for word in sys.argv[3:]:
        suite, rest = word.split("=", 1)
        profile, folder = rest.split(":", 1)
        for ip in (["ipv4"] if suite == "freebsd" else ["ipv4", "ipv6", "mapped"]):
            results = [r for r in run(tcpsim, profile, folder, ip) if r["type"] == "script"]
            if suite == "linux":
                results = [r for r in results if r["script"].count("/") == 1]
            lines += section(suite, profile, results, ip if suite != "freebsd" else "each script's own IP version")
    with open(output, "w") as out:
        out.write("\n".join(lines))


if __name__ == "__main__":
    main()
