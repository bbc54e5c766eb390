#!/usr/bin/env python3
"""make_corpus.py FOLDER: the fuzzers' first inputs, made from scratch: one capture for each link layer, tunnel and
file format that the reader knows, a datagram for each shape that the wire parser knows, option bytes, worlds, scripts, and
programs for a pair of hosts and for a supervisor.

Every capture holds TCP packets that tshark finds as well; its name ends in how many (frames-tcp)."""
import gzip, pathlib, re, socket, struct, sys

ETH = bytes.fromhex("020000000002020000000001")


def be16(*n):
    return struct.pack(">%dH" % len(n), *n)


def be32(*n):
    return struct.pack(">%dI" % len(n), *n)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def ip4(proto, body, src="192.0.2.1", dst="198.51.100.2", ident=1, flags=0, total=None, options=b""):
    words = 5 + len(options) // 4
    total = 4 * words + len(body) if total is None else total
    head = struct.pack(">BBHHHBBH", 0x40 | words, 0, total, ident, flags, 64, proto, 0)
    head += socket.inet_aton(src) + socket.inet_aton(dst) + options
    return head[:10] + be16(checksum(head)) + head[12:] + body


def ip6(proto, body, src="2001:db8::1", dst="2001:db8::2"):
    return struct.pack(">IHBB", 0x60000000, len(body), proto, 64) + socket.inet_pton(
        socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst) + body


def tcp(options=b"", payload=b"", flags=0x10, version=4, seq=1000, ack=2000):
    head = be16(40000, 80) + be32(seq, ack) + be16((5 + len(options) // 4) << 12 | flags, 65535, 0, 0) + options
    if version == 4:
        pseudo = socket.inet_aton("192.0.2.1") + socket.inet_aton("198.51.100.2")
    else:
        pseudo = socket.inet_pton(socket.AF_INET6, "2001:db8::1") + socket.inet_pton(socket.AF_INET6, "2001:db8::2")
    s = checksum(pseudo + be32(len(head + payload), 6) + head + payload)
    return head[:16] + be16(s) + head[18:] + payload


TS = bytes.fromhex("0101080a0000000100000002")
SYN = bytes.fromhex("020405b40402080a0000000100000000 01030307".replace(" ", ""))
T4 = ip4(6, tcp(SYN, flags=0x02))
D4 = ip4(6, tcp(TS, b"hello, world"))
T6 = ip6(6, tcp(TS, b"hello", version=6))


def eth(kind, body):
    return ETH + be16(kind) + body


def udp(port, body, source=50000):
    return ip4(17, be16(source, port, 8 + len(body), 0) + body, "10.0.0.1", "10.0.0.2")


def llc(body, kind=0x0800):
    return bytes.fromhex("aaaa03000000") + be16(kind) + body


def gre(flags, kind, body, extra=b""):
    return ip4(47, be16(flags, kind) + extra + body, "10.0.0.1", "10.0.0.2")


def mpls(*labels):
    return b"".join(be32(n << 12 | (i == len(labels) - 1) << 8 | 64) for i, n in enumerate(labels))


def wifi(body, control=0x0108, extra=b""):
    return struct.pack("<HH", control, 0) + bytes(18) + be16(0) + extra + llc(body)


INNER = eth(0x0800, D4)
ICMP = ip4(1, bytes.fromhex("0301") + be16(checksum(bytes.fromhex("0301") + bytes(6) + T4[:28]), 0, 0) + T4[:28])
F1 = ip4(6, tcp(TS, b"x" * 36)[:40], ident=7, flags=0x2000)
F2 = ip4(6, tcp(TS, b"x" * 36)[40:], ident=7, flags=5)

# name: (link type, frames, how many of them are read as TCP)
CAPTURES = {
    "ethernet": (1, [eth(0x0800, T4), eth(0x0800, D4), eth(0x86DD, T6), eth(0x0806, bytes(28)), eth(0x0800, ICMP)], 3),
    "vlan": (1, [eth(0x8100, be16(5, 0x0800) + D4), eth(0x88A8, be16(5, 0x8100, 6, 0x86DD) + T6)], 2),
    "padded": (1, [eth(0x0800, ip4(6, tcp()) + b"\xaa" * 6)], 1),
    "offload": (1, [eth(0x0800, ip4(6, tcp(TS, b"y" * 3000), total=0))], 1),
    "fragments": (1, [eth(0x0800, F2), eth(0x0800, F1), eth(0x0800, F1)], 1),
    "fragments6": (1, [
        eth(0x86DD, ip6(44, bytes([6, 0]) + be16(1) + be32(9) + tcp(TS, b"z" * 8, version=6)[:32])),
        eth(0x86DD, ip6(44, bytes([6, 0]) + be16(32) + be32(9) + tcp(TS, b"z" * 8, version=6)[32:]))], 1),
    "extensions6": (1, [eth(0x86DD, ip6(0, bytes([60, 0]) + bytes([1, 4]) + bytes(4) + bytes([6, 0, 1, 4]) + bytes(4) +
                                        tcp(version=6)))], 1),
    "pppoe": (1, [eth(0x8864, bytes.fromhex("11000001") + be16(2 + len(D4), 0x0021) + D4), eth(0x8863, bytes(6))], 1),
    "mpls": (1, [eth(0x8847, mpls(100, 200) + D4), eth(0x8847, mpls(3000) + be32(0) + INNER),
                 eth(0x8847, mpls(16) + T6)], 3),
    "gre": (1, [eth(0x0800, gre(0, 0x0800, D4)), eth(0x0800, gre(0x3000, 0x0800, T4, be32(1, 2))),
                eth(0x0800, gre(0x2000, 0x6558, INNER, be32(1))), eth(0x0800, gre(0, 0x86DD, T6))], 4),
    "erspan": (1, [eth(0x0800, gre(0, 0x88BE, INNER)), eth(0x0800, gre(0x1000, 0x88BE, be32(0x10000001, 0) + INNER, be32(1))),
                   eth(0x0800, gre(0x1000, 0x22EB, be32(0x20000001, 0, 0) + INNER, be32(1)))], 3),
    "pptp": (1, [eth(0x0800, gre(0x3001, 0x880B, b"\xff\x03" + be16(0x0021) + D4, be16(4 + len(D4), 7) + be32(1)))], 1),
    "ipip": (1, [eth(0x0800, ip4(4, D4, "10.0.0.1", "10.0.0.2")), eth(0x0800, ip4(41, T6, "10.0.0.1", "10.0.0.2")),
                 eth(0x86DD, ip6(4, D4)), eth(0x86DD, ip6(41, T6))], 4),
    "vxlan": (1, [eth(0x0800, udp(4789, be32(0x08000000, 0x100) + INNER)), eth(0x0800, udp(4790, be32(0x0C000001, 0x100) + D4)),
                  eth(0x0800, udp(53, b"?" * 12))], 2),
    "geneve": (1, [eth(0x0800, udp(6081, be16(0, 0x6558) + be32(0x100) + INNER)),
                   eth(0x0800, udp(6081, be16(0x0100, 0x6558) + be32(0x100) + be32(0) + INNER))], 2),
    "gtp": (1, [eth(0x0800, udp(2152, b"\x30\xff" + be16(len(D4)) + be32(1) + D4)),
                eth(0x0800, udp(2152, b"\x34\xff" + be16(len(D4) + 8) + be32(1) + bytes.fromhex("00000085 01001000".replace(" ", "")) + D4)),
                eth(0x0800, udp(2152, b"\x32\x01" + be16(4) + be32(0, 0)))], 2),
    "teredo": (1, [eth(0x0800, udp(3544, T6))], 1),
    "l2tp": (1, [eth(0x0800, udp(1701, be16(0x0002, 1, 1) + b"\xff\x03" + be16(0x0021) + D4))], 1),
    "null": (0, [struct.pack("<I", 2) + D4, struct.pack(">I", 2) + D4, struct.pack("<I", 30) + T6], 3),
    "loop": (108, [struct.pack(">I", 2) + D4], 1),
    "raw": (101, [D4, T6], 2),
    "ipv4": (228, [D4], 1),
    "sll": (113, [be16(0, 1, 6) + bytes(8) + be16(0x0800) + D4], 1),
    "sll2": (276, [be16(0x86DD, 0) + be32(1) + be16(1) + bytes([0, 6]) + bytes(8) + T6], 1),
    "ppp": (9, [b"\xff\x03" + be16(0x0021) + D4, b"\x21" + D4, be16(0xC021) + bytes(4)], 2),
    "hdlc-in-ppp": (9, [b"\x0f\x00" + be16(0x0800) + D4], 1),
    "arcnet": (7, [b"\x01\x02\xf0" + D4, b"\x01\x02\xd4\x00" + be16(1) + D4], 2),
    "ipoib": (242, [bytes(40) + be16(0x0800, 0) + D4], 1),
    "fabricpath": (1, [eth(0x8903, be16(0x0401) + INNER)], 1),
    "capwap": (1, [eth(0x0800, udp(5247, bytes.fromhex("00200300 00000000 00000000 00000000".replace(" ", "")) + wifi(D4))),
                   eth(0x0800, udp(5247, bytes.fromhex("0010020000000000") + INNER)),
                   eth(0x0800, udp(5247, bytes.fromhex("00100308") + bytes(20)))], 2),
    "hdlc": (104, [b"\x0f\x00" + be16(0x0800) + D4], 1),
    "wifi": (105, [wifi(D4), wifi(D4, 0x0188, be16(0)), wifi(D4, 0x4108), struct.pack("<H", 0x0080) + bytes(30)], 2),
    "radiotap": (127, [struct.pack("<BBHI", 0, 0, 9, 2) + b"\x00" + wifi(T4), struct.pack("<BBHI", 0, 0, 8, 0) + wifi(D4)], 2),
    "fddi": (10, [b"\x50" + ETH + llc(D4)], 1),
    "tokenring": (6, [b"\x10\x40" + ETH + llc(D4)], 1),
    "nflog": (239, [b"\x02\0\0\0" + struct.pack("<HH", 8, 1) + bytes(4) + struct.pack("<HH", 4 + len(D4), 9) + D4], 1),
    "ppi": (192, [struct.pack("<BBHI", 0, 0, 8, 1) + INNER], 1),
    "nsh": (1, [eth(0x894F, bytes.fromhex("0fc60103") + be32(0x100FF) + bytes(16) + INNER)], 1),
}


def pcap(link, frames, order="<", magic=0xA1B2C3D4, cut=65535, extra=0):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, cut, link)
    for i, f in enumerate(frames):
        out += struct.pack(order + "IIII", 1000000000 + i, 500 * i, min(len(f), cut), len(f)) + bytes(extra) + f[:cut]
    return out


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng(order="<"):
    section = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)

    def interface(link, options=b""):
        return block(1, struct.pack(order + "HHI", link, 0, 65535) + options, order)

    def enhanced(index, ticks, frame):
        return block(6, struct.pack(order + "IIIII", index, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame, order)

    nano = struct.pack(order + "HHBxxxHH", 9, 1, 9, 0, 0)
    offset = struct.pack(order + "HHBxxxHHqHH", 9, 1, 0x8A, 14, 8, 1000000000, 0, 0)
    return (section + interface(1) + interface(101, nano) + interface(9, offset) +
            enhanced(0, 10 ** 15, INNER) + block(0xBAD, b"unknown?", order) + enhanced(1, 10 ** 18 + 1, D4) +
            enhanced(2, 2048, b"\xff\x03" + be16(0x0021) + D4) +
            block(3, struct.pack(order + "I", len(INNER)) + INNER, order) +
            block(2, struct.pack(order + "HHIIII", 0, 0, 232830, 0x5DB2A000, len(INNER), len(INNER)) + INNER, order) +
            section + interface(101) + enhanced(0, 10 ** 15 + 7, D4))


def snoop(frames):
    out = b"snoop\0\0\0" + be32(2, 4)
    for i, f in enumerate(frames):
        pad = -len(f) % 4
        out += be32(len(f), len(f), 24 + len(f) + pad, 0, 1000000000 + i, 500) + f + bytes(pad)
    return out


def zstd(data):
    """One frame (RFC 8878 section 3.1.1) of one raw block; at most 255 bytes."""
    return bytes.fromhex("28b52ffd20") + bytes([len(data)]) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def reader_corpus():
    files = {"%s-%d" % (name, n): pcap(link, frames) for name, (link, frames, n) in CAPTURES.items()}
    two = [INNER, eth(0x0800, T4)]
    files["big-endian-2"] = pcap(1, two, ">")
    files["nano-2"] = pcap(1, two, "<", 0xA1B23C4D)
    files["modified-2"] = pcap(1, two, ">", 0xA1B2CD34, extra=8)
    files["snaplen-2"] = pcap(1, two, cut=60)
    files["pcapng-6"] = pcapng()
    files["pcapng-big-6"] = pcapng(">")
    files["snoop-2"] = snoop(two)
    files["gzip-2"] = gzip.compress(pcap(1, two), mtime=0)
    files["zstd-2"] = zstd(pcap(1, two))
    files["zstd-torn-0"] = zstd(pcap(1, two))[:-100]
    files["torn-1"] = pcap(1, two)[:-20]
    return files


def wire_corpus():
    def flagged(datagram, flags=1, cut=0):
        return bytes([flags, cut]) + datagram

    return {"syn": flagged(T4), "data": flagged(D4), "data6": flagged(T6), "icmp": flagged(ICMP), "fragment": flagged(F1),
            "cut": flagged(D4[:44], 4, 12), "options4": flagged(ip4(6, tcp(), options=b"\x94\x04\0\0")),
            "extensions6": flagged(CAPTURES["extensions6"][1][0][14:]), "offload": flagged(ip4(6, tcp(), total=0), 4),
            "jumbo6": flagged(struct.pack(">IHBB", 0x60000000, 0, 0, 64) + T6[8:40] + bytes([6, 0, 0xC2, 4]) + be32(28) +
                              tcp(version=6))}


def options_corpus():
    return {"timestamp": TS, "syn": SYN, "sack": bytes.fromhex("0101050a0000000100000002"),
            "fastopen": bytes.fromhex("220a0102030405060708"), "fastopen-exp": bytes.fromhex("fe04f989"),
            "accecn": bytes.fromhex("ac0b000001000002000003"), "accecn1": bytes.fromhex("ae05000001"),
            "md5": bytes.fromhex("1312" + "ab" * 16), "mptcp": bytes.fromhex("1e0c0081" + "11" * 8),
            "bad": bytes.fromhex("0204010200")}


# A value that each key of a world's file takes: by name, else by type.
VALUES = {"profile": "freebsd", "watch": "a", "queues": "b", "unreachable": "10.9.0.0/16 host; 10.8.0.0/16 net",
          "black-hole": "10.7.0.0/16", "queue": "red 20 kB ecn", "addresses": "10.0.9.1/24 10.0.9.2/24", "ip": "4",
          "burst-loss": "1 % 50 %", "down": "from 1 s until 2 s", "strip-options": "sack timestamps", "host": "a",
          "does": "source", "to": "b:80", "bind": ":5000", "sockopt": "reuseaddr nodelay rcvbuf=8192", "from": "198.51.100.0/24",
          "segments": "100ms S 0; 200ms R 1", "drop": "2nd syn", "payload": "lengths", "sysctl.NAME": None, "setting.NAME": None}
OF_TYPE = {"TEXT": "x", "COUNT64": "7", "TIME": "1 s", "BOOL": "yes", "NUMBER": "10", "RATE": "1 Mbit/s", "MTU": "1400",
           "CHANCE": "1 %", "SELECTION": "every 10th data", "BYTES32": "1200", "PORT": "80", "COUNT": "3", "COUNT1": "2",
           "BYTES": "2 kB"}


def world_corpus(source):
    """The worlds of the documentation, and one a section that sets every key it has."""
    files = {path.stem: path.read_bytes() for path in sorted((source / "docs/worlds").glob("*.world"))}
    keys = re.findall(r'^KEY\((\w+), "([^"]+)", (\w+),', (source / "sim/worldfile/keys.def").read_text(), re.M)
    title = {"WORLD": "world", "HOST": "host a", "ROUTER": "router r", "LINK": "link a r", "PROGRAM": "program p"}
    for section in title:
        parts = {"WORLD": [], "HOST": [], "ROUTER": [], "LINK": [], "PROGRAM": []}
        for kind, name, kind_of_value in keys:
            value = VALUES.get(name, OF_TYPE.get(kind_of_value))
            if kind == section and value or name in ("host", "does", "to"):
                parts[kind].append("%s = %s" % (name, value))
        text = "".join("[%s]\n%s" % (title[kind], "".join(line + "\n" for line in parts[kind])) for kind in title)
        text += "[host b]\n[link r b]\n[program q]\nhost = b\ndoes = sink\n"
        files["all-" + section.lower()] = text.encode()
    return files


def pair_corpus():
    """Programs for fuzz-pair, each over another network and pair of profiles: what tests/fuzz/pair.c calls a step is
    a byte, its side in the lowest bit, with the operands behind it."""
    def step(what, side, *operands):
        return bytes([what << 1 | side, *operands])

    def send(side, n, how=0):
        return step(how, side, n >> 8, n & 255)

    def read(side, n):
        return step(24, side, n >> 8, n & 255)

    carry = step(124, 0)
    wait = step(102, 0, 30)
    chat = b"".join(send(i & 1, 40 + 700 * i) + carry + read(1 - (i & 1), 5000) + wait for i in range(6))
    lossy = b"".join(send(0, 9000) + step(72, 0, i) + step(40, 0, 4) + step(62, 0, 3) + step(80, 0, 1) + step(85, 0, 0) +
                     step(40, 1, 7) + wait + read(1, 4000) for i in range(5))
    half = send(0, 3000) + step(115, 0, 0) + carry + send(1, 15000) + step(72, 1, 2) + carry + wait + read(0, 9000)
    shut = b"".join(send(0, 15000) + carry + wait for _ in range(5)) + read(1, 19000) + step(90, 0, 1) + carry
    tuned = step(105, 0, 2, 0, 20, 0) + step(105, 1, 3, 0, 9, 0) + step(105, 0, 4, 0, 1, 50) + step(105, 1, 12, 2)
    rest = carry + read(1, 19000) + step(120, 0) + step(120, 1) + chat
    ends = send(0, 5000) + step(119, 1, 1) + carry + wait
    programs = {"chat": chat, "lossy": lossy, "half-close": half, "window": shut, "tuned": tuned + chat + lossy,
                "rest": rest, "abort": ends}
    files = {}
    for i, (name, program) in enumerate(programs.items()):
        for j, network in enumerate((0, 8, 16, 1, 4, 0xF0)):
            hosts = bytes([i * 7 + j, j << 3 | i & 7, 1, i * 6 + j, i * 5 + j * 3, 8 + i, 2, j * 9 + i, 40 - i])
            text = bytes([4, 0]) * 2 if network == 4 else b""
            files["%s-%d" % (name, j)] = bytes([network, i + 3 * j]) + hosts + text + carry * 3 + program
    return files


def script_corpus():
    """Scripts of every part of the language, each of which runs as far as its own last line."""
    listen = ("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n")
    opened = (listen + "+0 < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 700 ecr 0,nop,wscale 7>\n"
              "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 700,nop,wscale 10>\n+.01 < . 1:1(0) ack 1 win 512 <nop,nop,TS val 710 ecr 100>\n"
              "+0 accept(3, ..., ...) = 4\n")
    plain = listen + ("+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n"
                      "+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n")
    return {
        "headers": "0 > (ttl 64, dscp af43, ect0) . 1:1(0)\n0 > ipv4 192.0.2.1 > 192.0.2.2: gre key 1: . 1:1(0)\n"
                   "0 > (flowlabel 0x1f, ect01) P.5 1:2(1) ack 3 <AccECN0 e0b 1 ceb 2> /udp(9811 > 1)\n"
                   "0 < icmp unreachable frag_needed mtu 68 [1:1001(1000)]\n0 < icmp type_9 code_1 [raw(8)]\n",
        "options": "0 > S 0:0(0) <FOEXP 0a0b0c0d,FO 01020304,nop,nop>\n0 > . 1:1(0) <exp-tarr 100,nop,nop,nop>\n"
                   "0 > . 1:1(0) <exp-AccECN1 e1b 3,nop>\n0 > . 1:1(0) <exp-abcd 0102,nop,nop>\n"
                   "0 > S 0:0(0) <md5 valid,nop,nop>\n0 > S 0:0(0) <gen-200 aabb>\n0 > S 0:0(0) <020405b4>\n",
        "settings": "--mtu=1400\n--local_ip=10.1.0.1\n--netmask_ip=255.255.255.0\n--non_fatal=packet,syscall\n"
                    "--tolerance_usecs=7000\n`sysctl -q net.ipv4.tcp_sack=0`\n" + plain,
        "values": plain + "+0 %{\na = (1, 'x', (2.5, None))\nprint(len(a), str(a), '%5.2f %r' % (1.5, 'b'), min(3, 1), hex(255))\n"
                  "a = 7 // -2 ** 3; assert not 1 in (2, 3) and 'a' < 'b', '%d' % a\n}%\n",
        "shell": plain + "+0 `X='a b'; (echo 1; echo \"${X}\") | grep -c a > /f && test $((2*3)) -eq 6 || cat /f`\n"
                 "+0 `ip route replace 192.0.2.1 dev tun0 mtu lock 600 rto_min 2s quickack 1; ss -a | wc -l; nstat -az`\n"
                 "+0 `tc qdisc add dev tun0 root pfifo limit 0; ethtool -K tun0 tso off; ip link set tun0 mtu 900`\n",
        "long-message": "0 `" + "x" * 1001 + "`\n",
        "loss": opened + "+0 write(4, ..., 9000) = 9000\n+0~+.1 > P. 1:9001(9000) ack 1 <...>\n"
                "+.1 < . 1:1(0) ack 1 win 512 <nop,nop,sack 2001:4001>\n+1 `true`\n",
        "urgent": plain + "+0 < P.U 1:11(10) ack 1 win 65535 urg 10\n+0~+.1 > . 1:1(0) ack 11\n"
                  "+0 read(4, ..., 100) = 9\n+0 recv(4, ..., 1, MSG_OOB) = 1\n+0 send(4, ..., 3, MSG_OOB) = 3\n",
        "messages": plain + "+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n+0 < P. 1:1001(1000) ack 1 win 65535\n"
                    "+0~+.1 > . 1:1(0) ack 1001\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 300}, {..., 300}], "
                    "msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=400}]}, 0) = 600\n",
        "files": plain + "+0 pipe([5, 6]) = 0\n+0 `echo 'a file' > /f`\n+0 open(\"/f\", O_RDONLY) = 7\n"
                 "+0 sendfile(4, 7, [2], 100) = 5\n+0 splice(4, NULL, 6, NULL, 1, 0) = -1 EAGAIN\n+0 close(5) = 0\n",
        "readiness": plain + "+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n"
                     "+0...0.3 poll([{fd=4, events=POLLIN, revents=0}], 1, 300) = 0\n"
                     "+.4 poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 1, 0) = 1\n",
        "dissolve": "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0...0.1 connect(3, ..., ...) = 0\n"
                    "+0 > S 0:0(0) <...>\n+.1 < S. 0:0(0) ack 1 win 9000 <mss 1000>\n+0 > . 1:1(0) ack 1\n"
                    "+0 connect(3, AF_UNSPEC, ...) = 0\n+0 > R. 1:1(0) ack 1\n",
    }


def exec_corpus():
    """Programs for fuzz-exec: what tests/fuzz/exec.c calls an act is a byte and what it reads after that."""
    def place(offset):
        return 0x4000 | offset

    def call(kind, *args, away=1, tid=0):
        return bytes((4, tid, kind)) + struct.pack("<6H", *(args + (0,) * (6 - len(args)))) + bytes((away,))

    def wait(ms):
        return bytes((3, ms))

    def use(fd, what, *more, other=0):
        return bytes((2, fd, other, what) + more)

    def socket(flags=0):
        return call(0, 1, 1 | flags, 0)

    address, value = bytes((0, 0, 0, 0)), bytes((1, 0x10, 0, 100))  # 127.0.0.1:80 at 0; a length at 16
    listener = address + value + socket() + use(0, 5, 1) + call(1, 0, place(0), 16) + call(3, 0, 5)
    pair = listener + socket() + use(1, 5, 1) + call(2, 1, place(0), 16) + wait(10) + call(4, 0) + wait(1)
    return {
        "pair": pair + use(1, 2, 200) + wait(5) + use(2, 3) + use(1, 0) + wait(5) + use(2, 3),
        "names": pair + b"".join(call(kind, fd, place(32), place(16)) for kind in (5, 6) for fd in range(3)),
        "options": pair + call(7, 1, 1, 9, place(16), 4) + call(8, 1, 1, 4, place(32), place(16)) +
                   call(8, 1, 6, 11, place(64), place(16)),
        "ends": pair + call(9, 1, 1) + wait(5) + use(2, 3) + call(9, 2, 2) + wait(5) + use(1, 3),
        "copies": pair + use(1, 1, other=5) + use(1, 0) + use(5, 2, 9) + wait(5) + use(5, 0) + wait(5),
        "unread": pair + use(1, 2, 200) + wait(5) + use(2, 0) + wait(5) + use(1, 3),
        "refused": address + socket() + use(0, 5, 1) + call(2, 0, place(0), 16) + wait(5) + call(8, 0, 1, 4, place(32), place(16)) +
                   call(2, 0, place(0), 16) + wait(5),
        "away": listener + call(2, 0, place(0), 16, away=0) + call(4, 0, away=0) + wait(9),
        "blocking": address + socket() + call(1, 0, place(0), 16) + call(3, 0, 5) + call(4, 0, tid=1) + socket() +
                    call(2, 1, place(0), 16, tid=2) + wait(20),
        "messages": pair + call(10, 1, place(0), 9, 1) + call(11, 1, place(64), 1) + wait(3) + call(13, 2, place(0), 9, 1) +
                    call(15, 2, 0xffff, place(16)) + address + socket() + call(10, 3, place(0), 9, 0xffff, place(0), 16),
    }


def main():
    root = pathlib.Path(sys.argv[1])
    source = pathlib.Path(__file__).resolve().parents[2]
    for target, files in (("reader", reader_corpus()), ("wire", wire_corpus()), ("options", options_corpus()),
                          ("world", world_corpus(source)), ("pair", pair_corpus()),
                          ("exec", exec_corpus()),
                          ("script", {name: text.encode() for name, text in script_corpus().items()})):
        folder = root / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)


main()
