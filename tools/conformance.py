#!/usr/bin/env python3
"""Writes docs/conformance.md: what the public packetdrill suites say of the simulated host, by suite and folder.

usage: conformance.py [--kernel] TCPSIM OUTPUT SUITE=PROFILE:FOLDER...

SUITE is google, freebsd or linux; FOLDER a checkout of its scripts. Nothing of a suite is kept but names, counts and reasons.
With --kernel the scripts of Linux's suites are run on the running kernel, too (`tcpsim compare --only kernel`), which stands
beside the model: a column, and a line for each script on which the two are not of one mind.
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

# Why the model and Linux 6.18 part on a script, where they do.
REASONS = {
    "cubic/cubic-bulk-166k-idle-restart.pkt": "asks for the fq queue, which this kernel has not; HyStart sees the machine's jitter",
    "cubic/cubic-bulk-166k.pkt": "asks for the fq queue, which this kernel has not; HyStart sees the machine's jitter",
    "cubic/cubic-hystart-delay-min-rtt-jumps-downward.pkt": "sets a parameter of a module, which is the whole machine's",
    "cubic/cubic-hystart-delay-rtt-jumps-upward.pkt": "sets a parameter of a module, which is the whole machine's",
    "eor/no-coalesce-retrans.pkt": "a retransmission's round trip is as short as the shortest in virtual time, longer by the script's own time on a machine: RACK takes the one and not the other",
    "mtu_probe/basic-v6.pkt": "an IPv6 script; its route's MSS is not told here",
    "slow_start/slow-start-fq-ack-per-2pkt.pkt": "asks for the fq queue, which this kernel has not: nothing is paced",
    "tcp_info/tcp-info-sndbuf-limited.pkt": "3 ms of tolerance for a busy time that counts jiffies",
}


def scripts_of(words, folder):
    out = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, text=True, check=False).stdout
    return [r for r in map(json.loads, out.splitlines()) if r["type"] == "script"]


def run(tcpsim, profile, folder, ip):
    return scripts_of([tcpsim, "run", "--json", "--profile", profile, "--ip", ip, "."], folder)


def run_on_kernel(tcpsim, folder, ip):
    """What fails is run again, alone, up to twice: a busy machine is late."""
    words = [tcpsim, "compare", "--only", "kernel", "--json", "--ip", ip]
    results = {r["script"]: r for r in scripts_of(words + ["-j", "2", "."], folder)}
    for _ in range(2):
        for script in [s for s, r in results.items() if r["result"] != "pass"]:
            again = scripts_of(words + [script], folder)
            results[script] = dict(again[0], script=script) if again else results[script]
    return results


def folder_of(suite, script):
    name = script.removeprefix("./")
    if suite == "linux":
        return re.match(r"(tcp_[a-z0-9]+)", name).group(1)
    parts = name.split("/")
    return "/".join(parts[:-1][:2]) or "."


def share(passed, scripts):
    return f"{passed} of {scripts} ({100 * passed / scripts:.1f} %)" if scripts else "-"


def words_of(result):
    return " ".join((result["message"] or "no reason").replace("`", "'").split())[:140].strip()


def why(name, said):
    if name in REASONS:
        return REASONS[name]
    times = re.match(r"outbound packet expected at ([\d.]+) s, but at ([\d.]+) s", said["message"] or "")
    if times and abs(float(times[1]) - float(times[2])) <= 0.012:
        return "a timer of the kernel is a jiffy or two late, and the script has 4 or 5 ms of patience"
    return "not explained yet"


def of_two_minds(results, kernel):
    """Model and kernel, where one passes a script and the other does not."""
    lines = []
    for r in results:
        k = kernel.get(r["script"])
        if not k or (k["result"] == "pass") == (r["result"] == "pass"):
            continue
        who, said = ("Linux", k) if r["result"] == "pass" else ("the model", r)
        name = r["script"].removeprefix("./")
        lines.append(f"- {name}:{said['line']}: {who} fails: `{words_of(said)}`: {why(name, said)}")
    if lines:
        lines = ["", "Where the model and the kernel are not of one mind:", ""] + lines
    return lines


def failures(results, kernel):
    lines = []
    for r in results:
        if r["result"] != "pass":
            k = kernel.get(r["script"]) if kernel else None
            also = " (Linux fails it, too)" if k and k["result"] != "pass" else ""
            lines.append(f"- {r['script'].removeprefix('./')}:{r['line']}: `{words_of(r)}`{also}")
    return ["", "Not passed, with the line and the reason:", ""] + lines if lines else []


def section(suite, profile, results, ip, kernel):
    core = [r for r in results if not re.search(EXTRAS[suite], r["script"].removeprefix("./"))]
    lines = [f"## {suite}, profile `{profile}`, {ip}", "",
             f"Core: {share(sum(r['result'] == 'pass' for r in core), len(core))}. "
             f"All: {share(sum(r['result'] == 'pass' for r in results), len(results))}."]
    if kernel:
        same = sum((kernel[r["script"]]["result"] == "pass") == (r["result"] == "pass") for r in results)
        lines += ["", f"Linux {os.uname().release} itself: {share(sum(k['result'] == 'pass' for k in kernel.values()), len(kernel))}; "
                      f"the same verdict on {share(same, len(results))}."]
    lines += ["", "| folder | passed | Linux | of |" if kernel else "| folder | passed | of |", "|---|---|---|---|" if kernel else "|---|---|---|"]
    folders = collections.OrderedDict()
    for r in results:
        marks = folders.setdefault(folder_of(suite, r["script"]), [0, 0, 0])
        marks[0] += r["result"] == "pass"
        marks[1] += bool(kernel) and kernel[r["script"]]["result"] == "pass"
        marks[2] += 1
    for name, (passed, linux, scripts) in sorted(folders.items()):
        lines.append(f"| {name} | {passed} | {linux} | {scripts} |" if kernel else f"| {name} | {passed} | {scripts} |")
    return lines + failures(results, kernel) + (of_two_minds(results, kernel) if kernel else []) + [""]


def main():
    arguments = sys.argv[1:]
    on_kernel = arguments[0] == "--kernel"
    if on_kernel:
        arguments.pop(0)
    tcpsim, output = os.path.abspath(arguments[0]), arguments[1]
    lines = ["# Conformance", "",
             "Made by `tools/conformance.py --kernel` from the public suites: google/packetdrill `gtests/net/tcp`, freebsd-net/tcp-testsuite, and",
             "the Linux kernel's `tools/testing/selftests/net/packetdrill`. *Core* leaves out what is not TCP's own behaviour: zerocopy,",
             "timestamping, TCP_INQ, GRO, MD5, EFAULT, sendfile, splice, TCP over UDP.", ""]
    for word in arguments[2:]:
        suite, rest = word.split("=", 1)
        profile, folder = rest.split(":", 1)
        for ip in (["ipv4"] if suite == "freebsd" else ["ipv4", "ipv6", "mapped"]):
            results = run(tcpsim, profile, folder, ip)
            if suite == "linux":
                results = [r for r in results if r["script"].count("/") == 1]
            kernel = run_on_kernel(tcpsim, folder, ip) if on_kernel and suite != "freebsd" and ip == "ipv4" else None
            lines += section(suite, profile, results, ip if suite != "freebsd" else "each script's own IP version", kernel)
    with open(output, "w") as out:
        out.write("\n".join(lines))


if __name__ == "__main__":
    main()
