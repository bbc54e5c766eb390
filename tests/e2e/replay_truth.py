#!/usr/bin/env python3
"""Holds `tcpsim replay --json` against what tshark says of the same captures.

usage: replay_truth.py [-v] TCPSIM CAPTURES [TRUTH]

CAPTURES is a folder of captures; TRUTH (default: CAPTURES/truth) has a <capture>.tsv for each, one row a tcp.stream.
Compared a connection: both ends, packets, payload bytes, SYNs, FINs, RSTs of each side, who opened it, how it
started, the handshake; and how many connections there are. A difference that docs/replay.md explains stands in
EXPLAINED, with the words to look for there; any other counts against the 99 % that must agree.

Exit status: 0 at least 99 % agree, 1 fewer, 77 there are no captures here (the test is skipped).
"""
import csv
import json
import os
import subprocess
import sys

# (capture, tshark's stream): why the two differ.
EXPLAINED = {
    ('tcpflow_test5-lines-randomized.pcap', 0): 'a shuffled capture: the SYN comes tenth, and its number is that of what came before',
    ('tcpflow_test5-lines-randomized.pcap', 1): 'the SYN of stream 0',
    ('suricata_drop-protocol-change_input.pcap', 1): 'data offset under 5',
    ('zeek_truncated-header.pcap', 0): 'options cut by the snaplen',
}
MUST_AGREE = 0.99


def truth_rows(path):
    with open(path, newline='') as f:
        rows = [r for r in csv.DictReader(f, delimiter='\t') if int(r['packets']) > 0]
    return sorted(rows, key=lambda r: int(r['first_frame']))


def expected(row):
    """The row in the words of `replay --json`."""
    swap = row['initiator'] == 'b'
    a, b = ('server', 'client') if swap else ('client', 'server')
    want = {'first_packet': int(row['first_frame']), 'packets': int(row['packets'])}
    for side, x, way in ((a, 'a', 'ab'), (b, 'b', 'ba')):
        src = 'src' if x == 'a' else 'dst'
        port = 'sport' if x == 'a' else 'dport'
        want[side + '.address'] = row[src]
        want[side + '.port'] = int(row[port])
        want[side + '.packets'] = int(row['packets_' + way])
        want[side + '.bytes'] = int(row['bytes_' + way])
        want[side + '.syn'] = int(row['syn_' + x]) + int(row['synack_' + x])
        want[side + '.fin'] = int(row['fin_' + x])
        want[side + '.rst'] = int(row['rst_' + x])
        want[side + '.mss'] = None if row['mss_' + x] == '-' else int(row['mss_' + x])
        want[side + '.window_scale'] = None if row['wscale_' + x] == '-' else int(row['wscale_' + x])
        want[side + '.sack'] = row['sackperm_' + x] == '1'
        want[side + '.timestamps'] = row['ts_' + x] == '1'
    want['handshake'] = {'1': True, '0': False, 'sim': 'simultaneous'}[row['handshake']]
    if row['starts_syn'] == '1':
        want['start'] = 'syn'
    return want


def said(connection, key):
    value = connection
    for part in key.split('.'):
        value = value[part]
    return value


def replay(tcpsim, path):
    done = subprocess.run([tcpsim, 'replay', '--json', path], capture_output=True, text=True, timeout=600)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done, [x for x in lines if x['type'] == 'connection'], lines[-1] if lines else None


def turned(connection, want):
    """Who opened it was not seen: tshark takes the sender of the first packet, replay the end with the port of a
    service. That is not compared; the rest is, by address."""
    ends = [(connection[s]['address'], connection[s]['port']) for s in ('client', 'server')]
    if connection['direction_certain'] or ends != [(want['server.address'], want['server.port']),
                                                   (want['client.address'], want['client.port'])]:
        return connection
    return {**connection, 'client': connection['server'], 'server': connection['client']}


def compare(tcpsim, path, truth):
    """Returns (connections, differences): a difference is (stream, text)."""
    name = os.path.basename(path)
    done, got, last = replay(tcpsim, path)
    rows = truth_rows(truth)
    differences = []
    if last is None or last['type'] != 'capture':
        return len(rows), [(None, f'{name}: no answer, exit status {done.returncode}: {done.stderr.strip()}')] * len(rows)
    by_first = {c['first_packet']: c for c in got}
    for row in rows:
        c = by_first.pop(int(row['first_frame']), None)
        if c is None:
            differences.append((int(row['stream']), f'{name} stream {row["stream"]}: no such connection'))
            continue
        want = expected(row)
        c = turned(c, want)
        wrong = [f'{k} is {said(c, k)}, tshark has {v}' for k, v in want.items() if said(c, k) != v]
        if wrong:
            differences.append((int(row['stream']), f'{name} stream {row["stream"]}: ' + '; '.join(wrong)))
    for c in by_first.values():
        differences.append((None, f'{name}: connection {c["connection"]} from packet {c["first_packet"]} is no stream of tshark'))
    return len(rows), differences


def main(argv):
    verbose = '-v' in argv
    argv = [a for a in argv if a != '-v']
    tcpsim, captures = argv[1], argv[2]
    truths = argv[3] if len(argv) > 3 else os.path.join(captures, 'truth')
    if not os.path.isdir(captures) or not os.path.isdir(truths):
        print(f'no captures in {captures}')
        return 77
    total, explained, unexplained = 0, 0, 0
    for name in sorted(os.listdir(captures)):
        truth = os.path.join(truths, name + '.tsv')
        if not os.path.exists(truth):
            continue
        n, differences = compare(tcpsim, os.path.join(captures, name), truth)
        total += n
        for stream, text in differences:
            why = EXPLAINED.get((name, stream))
            explained += why is not None
            unexplained += why is None
            if why is None or verbose:
                print(text + (f' (explained: {why})' if why else ''))
    agree = total - explained - unexplained
    print(f'{total} connections: {agree} agree ({100 * agree / max(total, 1):.2f} %), {explained} differ for a known '
          f'reason, {unexplained} for none')
    return 0 if total and unexplained <= (1 - MUST_AGREE) * total else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv))
