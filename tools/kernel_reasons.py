#!/usr/bin/env python3
"""Makes traces/samples/reasons/: one capture for each reason for which the running kernel resets a connection, and for
SYNs that its listener drops, with the kernel's own word for each (tracepoint tcp:tcp_send_reset; TcpExtListenDrops).

usage, as root:  unshare --net --mount python3 tools/kernel_reasons.py traces/samples/reasons

The kernel has 192.0.2.1 on a TUN device; this program is its peer, 192.0.2.2, and writes what passes. reasons.tsv has
for each capture what the kernel told, in order. Nothing outside of the two namespaces is touched."""
import ctypes, fcntl, os, pathlib, re, select, socket, struct, subprocess, sys, time

KERNEL, PEER = "192.0.2.1", "192.0.2.2"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TRACING = pathlib.Path("/sys/kernel/tracing")
LINGER = struct.pack("ii", 1, 0)
libc = ctypes.CDLL(None, use_errno=True)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def datagram(sport, dport, seq, ack, flags, text):
    source, dest = socket.inet_aton(PEER), socket.inet_aton(KERNEL)
    options = struct.pack(">BBH", 2, 4, 1460) if flags & SYN else b""
    head = struct.pack(">HHIIBBHHH", sport, dport, seq % 2 ** 32, ack % 2 ** 32, (20 + len(options)) // 4 << 4, flags, 65535,
                       0, 0) + options
    pseudo = source + dest + struct.pack(">BBH", 0, 6, len(head) + len(text))
    head = head[:16] + struct.pack(">H", checksum(pseudo + head + text)) + head[18:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(head) + len(text), datagram.id, 0, 64, 6, 0) + source + dest
    datagram.id += 1
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + head + text


datagram.id = 1000


class Wire:
    """The TUN device, and the capture of what passes there."""

    def __init__(self):
        self.tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.tun, 0x400454ca, struct.pack("16sH", b"tun0", 0x1001))
        for words in ("addr add %s/24 dev tun0" % KERNEL, "link set tun0 up", "link set lo up"):
            subprocess.run(["ip"] + words.split(), check=True)
        self.out = None

    def begin(self, path):
        self.out = open(path, "wb")
        self.out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))

    def note(self, packet):
        now = time.time_ns() // 1000
        self.out.write(struct.pack("<IIII", now // 10 ** 6, now % 10 ** 6, len(packet), len(packet)) + packet)

    def send(self, packet):
        self.note(packet)
        os.write(self.tun, packet)

    def receive(self, seconds):
        """The next TCP segment of the kernel: ports, numbers, flags, length of its text; None: nothing in that time."""
        until = time.time() + seconds
        while select.select([self.tun], [], [], max(until - time.time(), 0))[0]:
            packet = os.read(self.tun, 65536)
            if packet[0] >> 4 != 4 or packet[9] != 6:
                continue
            self.note(packet)
            sport, dport, seq, ack, off, flags = struct.unpack(">HHIIBB", packet[20:34])
            return sport, dport, seq, ack, flags, len(packet) - 20 - (off >> 4) * 4
        return None


class Talk:
    """The peer's end of one connection with a listener of the kernel."""

    def __init__(self, wire, port, dest=80):
        self.wire, self.port, self.dest = wire, port, dest
        self.seq, self.ack = 1000, 0

    def say(self, flags, text=b"", seq=None, ack=None):
        self.wire.send(datagram(self.port, self.dest, self.seq if seq is None else seq,
                                (self.ack if ack is None else ack) if flags & ACK else 0, flags, text))
        if seq is None:
            self.seq += len(text) + bool(flags & (SYN | FIN))

    def hear(self, seconds=0.5):
        """Everything until the kernel is silent."""
        heard = []
        while True:
            got = self.wire.receive(seconds)
            if got is None:
                return heard
            heard.append(got)
            if got[1] == self.port and not got[4] & RST:
                self.ack = (got[2] + got[5] + bool(got[4] & (SYN | FIN))) % 2 ** 32

    def open(self):
        self.say(SYN)
        self.hear()
        self.say(ACK)
        self.hear(0.1)


def listener(backlog=5):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((KERNEL, 80))
    s.listen(backlog)
    return s


def accepted(wire, port):
    s, talk = listener(), Talk(wire, port)
    talk.open()
    c = s.accept()[0]
    s.close()
    return c, talk


def disconnect(s):
    if libc.connect(s.fileno(), struct.pack("H14x", socket.AF_UNSPEC), 16):
        raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")


# ---- what provokes each ----

def no_socket(wire, port):
    Talk(wire, port, 81).say(SYN)


def no_socket_text(wire, port):
    talk = Talk(wire, port, 81)
    talk.ack = 5000
    talk.say(PSH | ACK, b"late")


def flags(wire, port):
    """An acknowledgment for a listener, which another client has met, that has no such connection."""
    s, talk = listener(), Talk(wire, port + 1)
    Talk(wire, port).open()
    talk.ack = 5000
    talk.say(ACK)
    talk.hear()
    s.accept()[0].detach()
    s.close()


def flags_in_handshake(wire, port):
    """An acknowledgment of what the SYN,ACK has not sent."""
    s, talk = listener(), Talk(wire, port)
    talk.say(SYN)
    talk.hear(0.1)
    talk.say(ACK, ack=talk.ack + 1000)
    talk.hear(0.1)
    s.close()


def invalid_ack_sequence(wire, port):
    """An answer to a SYN that acknowledges what was never sent."""
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex((PEER, port))
    sport, _, seq, _, _, _ = wire.receive(1)
    talk = Talk(wire, port, sport)
    talk.say(SYN | ACK, ack=seq + 1000)
    talk.hear(0.3)
    s.close()


def invalid_syn(wire, port):
    """Another SYN in the window of a handshake that is not completed."""
    s, talk = listener(), Talk(wire, port)
    talk.say(SYN)
    talk.hear(0.1)
    talk.say(SYN, seq=talk.seq + 100)
    talk.hear(0.2)
    s.close()


def overflow(wire, port):
    """tcp_abort_on_overflow with a full queue: the handshake's last ACK."""
    pathlib.Path("/proc/sys/net/ipv4/tcp_abort_on_overflow").write_text("1")
    s = listener(2)
    talks = [Talk(wire, port + i) for i in range(4)]
    for talk in talks[:2]:
        talk.open()
    for talk in talks[2:]:
        talk.say(SYN)
        talk.hear(0.05)
    for talk in talks[2:]:
        talk.say(ACK)
        talk.hear(0.05)
    s.close()


def abort_on_data(wire, port):
    """Text behind close()."""
    c, talk = accepted(wire, port)
    c.close()
    talk.hear(0.1)
    talk.ack -= 1  # the FIN is not acknowledged yet
    talk.say(PSH | ACK, b"too late")


def timewait_socket(wire, port):
    """Text behind close(), the FIN acknowledged."""
    c, talk = accepted(wire, port)
    c.close()
    talk.hear(0.1)
    talk.say(ACK)
    talk.say(PSH | ACK, b"too late")


def abort_on_close(wire, port):
    """close() with text unread."""
    c, talk = accepted(wire, port)
    talk.say(PSH | ACK, b"unread")
    talk.hear(0.1)
    c.close()


def abort_on_linger(wire, port):
    c, talk = accepted(wire, port)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    c.close()


def state(wire, port):
    """connect() to AF_UNSPEC ends a connection."""
    c, talk = accepted(wire, port)
    disconnect(c)


def keepalive_timeout(wire, port):
    c, talk = accepted(wire, port)
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 3)):
        c.setsockopt(socket.IPPROTO_TCP, option, value)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    talk.hear(5)
    c.close()


def listener_closed(wire, port):
    """A connection in the listener's queue."""
    s, talk = listener(), Talk(wire, port)
    talk.open()
    s.close()


def drop_listen_overflow(wire, port):
    """SYNs that meet a full accept queue."""
    s = listener(1)
    for i in range(2):
        Talk(wire, port + i).open()
    for again in range(2):
        for i in range(2, 4):
            Talk(wire, port + i).say(SYN)
        time.sleep(1)
    s.close()


SCENARIOS = [no_socket, no_socket_text, flags, flags_in_handshake, invalid_ack_sequence, invalid_syn, abort_on_data, timewait_socket,
             abort_on_close, abort_on_linger, state, keepalive_timeout, listener_closed, drop_listen_overflow, overflow]


# ---- the kernel's word ----

def trace(on):
    subprocess.run(["mount", "-t", "tracefs", "none", TRACING], check=on, stderr=subprocess.DEVNULL)
    (TRACING / "events/tcp/tcp_send_reset/enable").write_text("1" if on else "0")


def told(text):
    """(kind, from, to, reason) of the lines that are about our address; a listener's has no peer."""
    for line in text.splitlines():
        reset = re.search(r"tcp_send_reset: .*src=(\S+) dest=(\S+) .*reason=(\S+)", line)
        if reset and reset[1].startswith(KERNEL + ":") and reset[2].startswith((PEER, "0.0.0.0")):
            yield "reset", reset[1], reset[2], reset[3]


def listen_drops():
    names, values = [l.split() for l in open("/proc/net/netstat") if l.startswith("TcpExt:")]
    return int(values[names.index("ListenDrops")])


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    wire = Wire()
    trace(True)
    rows = []
    for n, scenario in enumerate(SCENARIOS):
        name = scenario.__name__.replace("_", "-")
        (TRACING / "trace").write_text("")
        drops = listen_drops()
        wire.begin(folder / (name + ".pcap"))
        scenario(wire, 40000 + 10 * n)
        while wire.receive(0.3):
            pass
        wire.out.close()
        rows += [(name,) + row for row in told((TRACING / "trace").read_text())]
        if listen_drops() > drops:
            rows.append((name, "drops", "%s:80" % KERNEL, "-", str(listen_drops() - drops)))
    trace(False)
    (folder / "reasons.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    print("%d captures, %d words of Linux %s" % (len(SCENARIOS), len(rows), os.uname().release))


if __name__ == "__main__":
    main()
