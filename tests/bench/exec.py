#!/usr/bin/env python3
"""How fast programs under `tcpsim exec` are, beside the kernel's own stack over the same TUN devices and beside slirp4netns.

usage: exec.py TCPSIM [--seconds N] [--rounds N]

Bytes: iperf3 at MTU 1500, both ways; with the super-segments of the devices and (bsd44, whose TCP has none) one segment at
a time. Connections: wrk with 100 connections of one request each to an nginx. Each figure is the median of the rounds,
whose runs take turns; CPU is the seconds that tcpsim or slirp4netns itself had a gigabyte, without the programs. Needs root,
iperf3, wrk and nginx; what is not installed is left out, and said. Traffic stays in namespaces of its own.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# Two kernels on the line, and a model that only lets the run begin and end: what differs from the others is the TCP.
KERNELS = """[host model]
profile = {profile}
[host peer]
system = kernel
[host other]
system = kernel
[link model peer]
[link peer other]
"""
# The first child of our parent whose namespace has that address: the other kernel.
ENTER = """for p in $(cat /proc/$PPID/task/$PPID/children); do
if nsenter -n -t $p cat /proc/net/fib_trie 2>/dev/null | grep -w -A1 10.0.2.2 | grep -q LOCAL; then break; fi; done; exec nsenter -n -t $p """
NGINX = """daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
	server {{ listen {listen}; root {folder}; }}
}}
"""


def cpu_of(pid):
    """Seconds of that process itself; 0 if it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch(process):
    """Its CPU seconds, read until it ends."""
    seconds = 0
    while process.poll() is None:
        seconds = max(seconds, cpu_of(process.pid))
        time.sleep(0.05)
    return seconds


class Bench:
    def __init__(self, tcpsim, seconds, folder):
        self.tcpsim, self.seconds, self.folder = tcpsim, seconds, pathlib.Path(folder)
        (self.folder / "hello.txt").write_text("hello\n")
        os.chmod(folder, 0o755)

    def path(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def nginx(self, listen):
        return f"nginx -c {self.path('nginx.conf', NGINX.format(folder=self.folder, listen=listen))}"

    def exec(self, *arguments):
        """tcpsim exec; what it said, and its CPU seconds."""
        with open(self.folder / "out", "w+", encoding="utf-8") as out:
            process = subprocess.Popen([self.tcpsim, "exec", "-q", *arguments], stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT)
            seconds = watch(process)
            out.seek(0)
            return out.read(), seconds

    # --- bytes ---

    def iperf(self, to, way):
        return f"iperf3 -J -c {to} -t {self.seconds} {'-R' if way == 'down' else ''}"

    def bytes_of(self, text, cpu):
        """(Mbit/s, CPU seconds a GB)"""
        received = json.loads(text[text.index("{"):text.rindex("}") + 1])["end"]["sum_received"]
        return received["bits_per_second"] / 1e6, cpu / (received["bytes"] / 1e9)

    def model(self, profile, way):
        return self.bytes_of(*self.exec("--profile", profile, "--peer", "exec iperf3 -s -1 >/dev/null", "--", "sh", "-c",
                                        self.iperf("10.0.1.2", way)))

    def kernel(self, profile, way):
        world = self.path("kernels.world", KERNELS.format(profile=profile))
        peer = f"iperf3 -s -1 >/dev/null & sleep 0.5; ({ENTER} {self.iperf('10.0.2.1', way)}); touch {self.folder}/over"
        (self.folder / "over").unlink(missing_ok=True)
        return self.bytes_of(*self.exec("--world", str(world), "--host", "model", "--peer", peer, "--", "sh", "-c",
                                        f"while [ ! -e {self.folder}/over ]; do sleep 0.1; done"))

    def slirp(self, way):
        """Its guest is a namespace; its host, here, one as well, in which the server is."""
        script = f"""ip link set lo up; iperf3 -s -1 >/dev/null & unshare -n sleep 100 & guest=$!; sleep 0.3
slirp4netns --configure --mtu=1500 $guest tap0 >/dev/null 2>&1 & slirp=$!; sleep 1
nsenter -n -t $guest {self.iperf('10.0.2.2', way)} >{self.folder}/slirp
cut -d' ' -f14,15 /proc/$slirp/stat; kill $slirp $guest"""
        done = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True, timeout=120)
        ticks = sum(int(word) for word in done.stdout.split()[-2:])
        return self.bytes_of((self.folder / "slirp").read_text(), ticks / os.sysconf("SC_CLK_TCK"))

    # --- connections ---

    def wrk(self, to):
        return f"wrk -t2 -c100 -d{self.seconds} -H 'Connection: close' http://{to}:8080/hello.txt"

    @staticmethod
    def rate_of(text):
        return float(re.search(r"Requests/sec: +([\d.]+)", text)[1])

    def serves(self):
        return self.rate_of(self.exec("--client", self.wrk("10.0.1.1"), "--", "sh", "-c", "exec " + self.nginx(8080))[0])

    def asks(self):
        return self.rate_of(self.exec("--peer", "exec " + self.nginx(8080), "--", "sh", "-c", self.wrk("10.0.1.2"))[0])

    def kernel_serves(self):
        world = self.path("kernels.world", KERNELS.format(profile="linux"))
        (self.folder / "over").unlink(missing_ok=True)
        peer = f"{self.nginx(8080)} & sleep 0.5; ({ENTER} {self.wrk('10.0.2.1')}); touch {self.folder}/over"
        return self.rate_of(self.exec("--world", str(world), "--host", "model", "--peer", peer, "--", "sh", "-c",
                                      f"while [ ! -e {self.folder}/over ]; do sleep 0.1; done")[0])

    def loopback(self):
        script = f"ip link set lo up; {self.nginx(8080)} & nginx=$!; sleep 0.3; {self.wrk('127.0.0.1')}; kill $nginx"
        return self.rate_of(subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True,
                                           timeout=120).stdout)


def throughput(bench, rounds):
    runs = {}
    for profile, how in (("linux", "super-segments"), ("bsd44", "one segment at a time")):
        for way, word in (("up", "sends"), ("down", "receives")):
            runs[f"the model {word}, {how}"] = lambda p=profile, w=way: bench.model(p, w)
            runs[f"a kernel {word}, {how}"] = lambda p=profile, w=way: bench.kernel(p, w)
    for way, word in (("up", "sends"), ("down", "receives")):
        if shutil.which("slirp4netns"):
            runs[f"slirp4netns: its guest {word}"] = lambda w=way: bench.slirp(w)
        else:
            print("slirp4netns is not installed: left out", file=sys.stderr)
    figures = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            figures[name].append(run())
    print("| iperf3, MTU 1500 | Mbit/s | CPU seconds a GB |\n|---|---|---|")
    for name, got in figures.items():
        print(f"| {name} | {statistics.median(g[0] for g in got):,.0f} | {statistics.median(g[1] for g in got):.2f} |")


def connections(bench, rounds):
    runs = {"nginx on the model": bench.serves, "wrk on the model": bench.asks,
            "kernels at both ends, the same devices": bench.kernel_serves, "kernels, over loopback": bench.loopback}
    figures = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            figures[name].append(run())
    print("\n| wrk, 100 connections of one request each | connections/s |\n|---|---|")
    for name, got in figures.items():
        print(f"| {name} | {statistics.median(got):,.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tcpsim")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    missing = [name for name in ("iperf3", "wrk", "nginx", "nsenter") if not shutil.which(name)]
    if missing or os.geteuid():
        raise SystemExit(f"exec.py: it needs root and {', '.join(missing) or 'nothing else'}")
    with tempfile.TemporaryDirectory(prefix="tcpsim-bench-") as folder:
        bench = Bench(options.tcpsim, options.seconds, folder)
        print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
        throughput(bench, options.rounds)
        connections(bench, options.rounds)
        print(f"\nload after: {os.getloadavg()[0]:.1f}")


main()
