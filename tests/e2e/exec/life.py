#!/usr/bin/env python3
"""A long life in a short time: an nginx under `tcpsim exec`, clients that come by the thousand, are killed and come again,
over a line that loses in bursts. Nothing may be left behind, and no byte be another.

usage: life.py TCPSIM [SECONDS]

Two halves of the same load, each followed by a rest until all is closed. Between the first rest and the second neither the
descriptors of tcpsim and of nginx nor tcpsim's memory may have grown, and every file that was fetched meanwhile is what was
served. Exit status 1: something grew or differed; 77: it cannot be made here.
"""
import hashlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

AT = "10.0.1.1"
WORLD = """[host program]
[host peer]
system = kernel
[link program peer]
delay = 1 ms
burst-loss = 0.05 % 20 % 80 %
"""
NGINX = """daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	keepalive_timeout 2s;
	client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
	server {{ listen 8080; root {folder}; }}
}}
"""
REST_S = 75  # a TIME-WAIT and some
MORE_KB = 4096


# --- what a process has ---

def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def workers(folder):
    master = int((folder / "nginx.pid").read_text())
    return [int(pid) for pid in pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()]


# --- on the peer ---

class Client:
    """Runs in the peer's namespace, a child of tcpsim."""

    def __init__(self, folder, seconds, tcpsim_pid):
        self.folder, self.seconds, self.tcpsim_pid = folder, seconds, tcpsim_pid
        self.random = random.Random(1)
        self.sum = hashlib.sha256((folder / "file").read_bytes()).hexdigest()
        self.fetched = self.torn = self.requests = self.killed = 0

    def fetch(self, until):
        while time.monotonic() < until:
            got = subprocess.run(["curl", "-sS", "--max-time", "60", f"http://{AT}:8080/file"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, check=False).stdout
            self.fetched += 1
            self.torn += hashlib.sha256(got).hexdigest() != self.sum

    def crowd(self, until):
        """wrk, again and again; every third one is killed in the middle of what it does."""
        while time.monotonic() < until:
            close = ["-H", "Connection: close"] if self.random.random() < 0.7 else []
            wrk = subprocess.Popen(["wrk", "-t2", "-c100", "-d5", *close, f"http://{AT}:8080/hello.txt"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            if self.random.random() < 0.33:
                time.sleep(self.random.uniform(0.5, 4))
                wrk.send_signal(signal.SIGKILL)
                self.killed += 1
            for line in wrk.communicate()[0].splitlines():
                if " requests in " in line:
                    self.requests += int(line.split()[0])

    def load(self):
        until = time.monotonic() + self.seconds / 2
        fetching = threading.Thread(target=self.fetch, args=(until,))
        fetching.start()
        self.crowd(until)
        fetching.join()

    def at_rest(self):
        """(descriptors of tcpsim, of nginx, memory of tcpsim)"""
        time.sleep(REST_S)
        return (descriptors(self.tcpsim_pid), sum(descriptors(pid) for pid in workers(self.folder)),
                memory_kb(self.tcpsim_pid))

    def run(self):
        self.load()
        first = self.at_rest()
        self.load()
        second = self.at_rest()
        print(f"{self.requests} requests, {self.killed} clients killed, {self.fetched} files of 1 MB, {self.torn} torn")
        print(f"descriptors of tcpsim {first[0]}, then {second[0]}; of nginx {first[1]}, then {second[1]}; "
              f"memory {first[2]} kB, then {second[2]} kB")
        return bool(self.torn or not self.fetched or not self.requests or second[0] > first[0] or second[1] > first[1] or
                    second[2] > first[2] * 1.1 + MORE_KB)


# --- here ---

def main():
    if sys.argv[1] == "--client":
        return Client(pathlib.Path(sys.argv[2]), int(sys.argv[3]), os.getppid()).run()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 120
    missing = [name for name in ("nginx", "wrk", "curl") if not shutil.which(name)]
    if missing:
        print(f"{', '.join(missing)} not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="tcpsim-life-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "hello.txt").write_text("hello\n")
        (folder / "file").write_bytes(random.Random(2).randbytes(1_000_000))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
        (folder / "bursts.world").write_text(WORLD)
        return subprocess.run([sys.argv[1], "exec", "-q", "--world", folder / "bursts.world", "--host", "program", "--client",
                               f"exec {sys.executable} {os.path.abspath(__file__)} --client {folder} {seconds}", "--", "nginx",
                               "-c", folder / "nginx.conf"], timeout=seconds + 2 * REST_S + 120, check=False,
                              stdin=subprocess.DEVNULL).returncode


sys.exit(main())
