#!/usr/bin/env python3
"""Writes docs/conformance.md: what the public packetdrill suites say of the simulated host, by suite and folder.

usage: conformance.py [--kernel] TCPSIM OUTPUT SUITE=PROFILE:FOLDER...

SUITE is google, freebsd or linux; FOLDER a checkout of its scripts. Nothing of a suite is kept but names, counts and reasons.
With --kernel the scripts that are run on profile linux are run on the running kernel, too (`tcpsim compare --only kernel`),
which stands beside the model: a column, and a line for each script on which the two are not of one mind.
What follows the suites in OUTPUT, from the heading of the random scenarios on, is kept.
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

FQ = "asks for the fq queue, a module that this machine lacks: nothing is paced on the kernel"
HYSTART = "HyStart sees the machine's jitter in round trips that are all the same in virtual time"
PARAMETER = "sets a parameter of a kernel module, which is the whole machine's and no namespace's"
JIFFY = "3 ms of tolerance for a busy time that counts jiffies of 4 ms"

# Why the model and Linux 6.18 part on a script, where they do; the name's end counts.
REASONS = {
    "cubic/cubic-bulk-166k-idle-restart.pkt": HYSTART,
    "cubic/cubic-bulk-166k.pkt": HYSTART,
    "cubic/cubic-hystart-delay-min-rtt-jumps-downward.pkt": PARAMETER,
    "cubic/cubic-hystart-delay-rtt-jumps-upward.pkt": PARAMETER,
    "slow-start-fq-ack-per-2pkt.pkt": FQ,
    "tcp-info-sndbuf-limited.pkt": JIFFY,
}

# Why neither 6.18 nor its profile passes what 7.3 does. The first that fits counts.
SINCE_7 = [
    ("accecn", "AccECN cannot be asked for: tcp_ecn takes 0 to 2"),
    ("advmss_pmtu", "a new connection's MSS option tells the path's MTU, in 7.3 the interface's"),
    ("synack_rto_max", "tcp_rto_max_ms does not bound what a listener's entries wait"),
    ("wnd_shrink", "text beyond a window that has shrunk is dropped; 7.3 takes what the largest one let the peer send"),
    ("reject-old-ack", "predicted text is taken before its ACK is looked at"),
    ("urg_ptr_retransmit", "one urgent pointer for a super-segment that goes again"),
]

# What is to be known of a suite, before its figures.
FOREWORDS = {
    ("google", "ipv6"): """What fails here and not with IPv4 fails on the kernel as well: it is the scripts'. They write the Fast Open cookies of IPv4
addresses, codes of ICMP that ICMPv6 has not, and routes of IPv4.""",
    ("linux", "ipv4"): """The whole suite of the 7.3 tree, of which profile `linux-7.3` is; most of those without AccECN are google's in other words.
Profile `linux` is 6.18, which stands beside it: where 6.18 fails a script of the newer tree, `linux` is to fail it at the same line,
with the same difference.""",
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
    for end, reason in REASONS.items():
        if name.endswith(end):
            return reason
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


def same_way(r, k):
    """Failed at one line, and by one difference: times are the machine's own, and so is how a command words its refusal."""
    def told(result):
        return re.sub(r"[\d.]+", "", words_of(result)).split(" exited with status")[0]
    return r["line"] == k["line"] and told(r) == told(k)


def as_well(r, k):
    if not k or k["result"] == "pass":
        return ""
    return " (Linux fails it, too)" if same_way(r, k) else f" (Linux fails it, too, but at line {k['line']}: `{words_of(k)}`)"


def since_7(suite, r, k):
    if suite != "linux" or not k or k["result"] == "pass" or not same_way(r, k):
        return None
    return next((reason for part, reason in SINCE_7 if part in r["script"]), None)


def failures(suite, results, kernel):
    """Those that 6.18 fails, too, as what they ask for is newer, are told together."""
    lines, newer = [], collections.OrderedDict()
    for r in results:
        if r["result"] == "pass":
            continue
        k = kernel.get(r["script"]) if kernel else None
        name, reason = f"{r['script'].removeprefix('./')}:{r['line']}", since_7(suite, r, k)
        if reason:
            newer.setdefault(reason, []).append(name)
        else:
            lines.append(f"- {name}: `{words_of(r)}`{as_well(r, k)}")
    for reason, names in newer.items():
        lines.append(f"- Linux 6.18 fails these, too, at the same line with the same difference ({reason}): {', '.join(names)}")
    return ["", "Not passed, with the line and the reason:", ""] + lines if lines else []


def section(suite, profile, results, ip, kernel):
    core = [r for r in results if not re.search(EXTRAS[suite], r["script"].removeprefix("./"))]
    lines = [f"## {suite}, profile `{profile}`, {ip}", ""]
    if profile == "linux" and (suite, ip) in FOREWORDS:
        lines += [FOREWORDS[suite, ip], ""]
    lines += [f"Core: {share(sum(r['result'] == 'pass' for r in core), len(core))}. "
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
    return lines + failures(suite, results, kernel) + (of_two_minds(results, kernel) if kernel else []) + [""]


KEPT = "## Random scenarios"


def kept_of(output):
    """What the page has beyond the suites, which this does not make."""
    if not os.path.exists(output):
        return ""
    with open(output) as page:
        text = page.read()
    return text[text.index(KEPT):] if KEPT in text else ""


def one(tcpsim, suite, profile, folder, ip, on_kernel):
    results = run(tcpsim, profile, folder, ip)
    kernel = run_on_kernel(tcpsim, folder, ip) if on_kernel and profile == "linux" else None
    return results, kernel


def verdicts(results, kernel):
    return ({r["script"]: (r["result"], r["line"]) for r in results},
            {s: k["result"] == "pass" for s, k in (kernel or {}).items()})


def suite_lines(tcpsim, suite, profile, folder, on_kernel):
    """A section for each IP version, or a line where it goes as with IPv4."""
    if suite == "freebsd":
        results, _ = one(tcpsim, suite, profile, folder, "ipv4", False)
        return section(suite, profile, results, "each script's own IP version", None)
    first = one(tcpsim, suite, profile, folder, "ipv4", on_kernel)
    lines = section(suite, profile, *first[:1], "ipv4", first[1])
    for ip in ["ipv6", "mapped"]:
        results, kernel = one(tcpsim, suite, profile, folder, ip, on_kernel)
        if verdicts(results, kernel) == verdicts(*first):
            who = "Model and kernel do" if kernel else "The model does"
            lines += [f"With `--ip {ip}`: {share(sum(r['result'] == 'pass' for r in results), len(results))}. {who} the same with each script.", ""]
        else:
            lines += section(suite, profile, results, ip, kernel)
    return lines


def main():
    arguments = sys.argv[1:]
    on_kernel = arguments[0] == "--kernel"
    if on_kernel:
        arguments.pop(0)
    tcpsim, output = os.path.abspath(arguments[0]), arguments[1]
    kept = kept_of(output)
    lines = ["# Conformance", "",
             "Made by `tools/conformance.py --kernel` from the public suites: google/packetdrill `gtests/net/tcp`, freebsd-net/tcp-testsuite, and",
             "the Linux kernel's `tools/testing/selftests/net/packetdrill`. *Core* leaves out what is not TCP's own behaviour: zerocopy,",
             "timestamping, TCP_INQ, GRO, MD5, EFAULT, sendfile, splice, TCP over UDP. On the kernel a script that fails is run again, alone, up",
             "to twice: a busy machine is late.", ""]
    for word in arguments[2:]:
        suite, rest = word.split("=", 1)
        profile, folder = rest.split(":", 1)
        lines += suite_lines(tcpsim, suite, profile, folder, on_kernel)
    with open(output, "w") as out:
        out.write("\n".join(lines).rstrip("\n") + "\n" + ("\n" + kept if kept else ""))


if __name__ == "__main__":
    main()
