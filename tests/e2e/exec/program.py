"""What a program's socket calls do under `tcpsim exec`. Each check prints its name and what came of it: "ok", or what
differs from what a kernel's sockets do. usage: program.py ADDRESS [CHECK...]"""
import array
import errno
import fcntl
import hashlib
import os
import select
import socket
import struct
import sys
import termios
import threading
import time

ECHO, RESET, DIGEST, STALL, NOBODY = 7001, 7002, 7003, 7004, 7999
PEER = sys.argv[1]
FAMILY = socket.AF_INET6 if ":" in PEER else socket.AF_INET
ANY = "::" if FAMILY == socket.AF_INET6 else "0.0.0.0"
CHECKS = {}


def check(fn):
    CHECKS[fn.__name__] = fn
    return fn


def same(is_, should):
    if is_ != should:
        raise AssertionError(f"is {is_!r}, not {should!r}")


def fails(number, fn, *args):
    try:
        result = fn(*args)
    except OSError as e:
        same(errno.errorcode.get(e.errno, e.errno), errno.errorcode[number])
    else:
        raise AssertionError(f"gave {result!r}, not {errno.errorcode[number]}")


def connected(port, timeout=5):
    return socket.create_connection((PEER, port), timeout=timeout)


def blocking(port):
    s = socket.socket(FAMILY)
    s.connect((PEER, port))
    return s


def error_of(s):
    return errno.errorcode.get(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)


@check
def names():
    s = blocking(ECHO)
    same(s.getpeername()[:2], (PEER, ECHO))
    same(s.getsockname()[1] >= 1024, True)
    s.close()
    fails(errno.ENOTCONN, socket.socket(FAMILY).getpeername)


@check
def refused():
    fails(errno.ECONNREFUSED, blocking, NOBODY)


@check
def refused_and_again():
    s = socket.socket(FAMILY)
    fails(errno.ECONNREFUSED, s.connect, (PEER, NOBODY))
    s.connect((PEER, ECHO))
    s.sendall(b"again")
    same(s.recv(10), b"again")


@check
def refused_without_waiting():
    s = socket.socket(FAMILY)
    s.setblocking(False)
    same(s.connect_ex((PEER, NOBODY)), errno.EINPROGRESS)
    p = select.poll()
    p.register(s, select.POLLOUT)
    same(p.poll(5000)[0][1] & (select.POLLERR | select.POLLHUP | select.POLLOUT),
         select.POLLERR | select.POLLHUP | select.POLLOUT)
    same(error_of(s), "ECONNREFUSED")
    same(error_of(s), 0)


@check
def connects_without_waiting():
    """By poll, by edge-triggered epoll from before connect, and never writable too early."""
    s = socket.socket(FAMILY, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    e = select.epoll()
    e.register(s, select.EPOLLOUT | select.EPOLLIN | select.EPOLLET)
    e.poll(0)
    same(s.connect_ex((PEER, ECHO)), errno.EINPROGRESS)
    same(bool(e.poll(5)[0][1] & select.EPOLLOUT), True)
    same(error_of(s), 0)
    s.send(b"hello")
    while not e.poll(5)[0][1] & select.EPOLLIN:
        pass
    same(s.recv(10), b"hello")


@check
def reset_by_peer():
    s = blocking(RESET)
    s.send(b"x")
    fails(errno.ECONNRESET, s.recv, 10)
    same(s.recv(10), b"")


@check
def reset_after_shutdown():
    s = blocking(RESET)
    s.send(b"x")
    s.shutdown(socket.SHUT_WR)
    fails(errno.ECONNRESET, s.recv, 10)


@check
def pipe():
    s = blocking(ECHO)
    s.shutdown(socket.SHUT_WR)
    fails(errno.EPIPE, s.send, b"x")
    same(s.recv(10), b"")


@check
def fresh():
    """Writing without connection fails, if not the first time; the socket can be used all the same."""
    s = socket.socket(FAMILY)
    try:
        s.send(b"x")
    except BrokenPipeError:
        pass
    time.sleep(0.1)
    fails(errno.EPIPE, s.send, b"x")
    s.connect((PEER, ECHO))
    s.send(b"y")
    same(s.recv(10), b"y")


@check
def half_close():
    data = os.urandom(3_000_000)
    s = blocking(DIGEST)
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    same(s.recv(100), hashlib.sha256(data).hexdigest().encode())
    same(s.recv(100), b"")


@check
def echo_of_much():
    """Both directions at once, from a thread each."""
    data = os.urandom(5_000_000)
    s = blocking(ECHO)

    def send():
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)

    threading.Thread(target=send).start()
    back = b""
    while part := s.recv(100_000):
        back += part
    same(hashlib.sha256(back).digest(), hashlib.sha256(data).digest())


@check
def timeouts():
    s = blocking(ECHO)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 50_000))
    fails(errno.EAGAIN, s.recv, 1)
    a = socket.create_server((ANY, 0), family=FAMILY)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 50_000))
    fails(errno.EAGAIN, a.accept)
    a.setblocking(False)
    fails(errno.EAGAIN, a.accept)


@check
def options():
    s = socket.socket(FAMILY)
    same(s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), socket.SOCK_STREAM)
    same(s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), 0)
    same(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 0)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    same(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 30_000)
    same(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), 60_000)
    fails(errno.ENOPROTOOPT, s.setsockopt, socket.SOL_SOCKET, 60, 1)  # SO_ZEROCOPY
    fails(errno.ENOPROTOOPT, s.getsockopt, socket.IPPROTO_TCP, 9999)
    s.connect((PEER, ECHO))
    info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    same(info[0], 1)  # ESTABLISHED
    same(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) in range(1200, 1461), True)


@check
def other_families():
    """They are the kernel's of the namespace."""
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind(("127.0.0.1", 0))
    u.sendto(b"x", u.getsockname())
    same(u.recv(10), b"x")
    a, b = socket.socketpair()
    a.send(b"y")
    same(b.recv(10), b"y")
    same(b.getsockname(), "")


@check
def mptcp_and_io_uring():
    fails(errno.EPROTONOSUPPORT, socket.socket, FAMILY, socket.SOCK_STREAM, 262)
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    same(libc.syscall(425, 8, 0), -1)
    same(ctypes.get_errno(), errno.ENOSYS)


@check
def binds():
    s = socket.socket(FAMILY)
    s.bind((ANY, 0))
    fails(errno.EINVAL, s.bind, (ANY, 0))
    port = s.getsockname()[1]
    s.listen(1)
    fails(errno.EADDRINUSE, socket.socket(FAMILY).bind, (ANY, port))
    far = "2001:db8::1" if FAMILY == socket.AF_INET6 else "192.0.2.1"
    fails(errno.EADDRNOTAVAIL, socket.socket(FAMILY).bind, (far, 0))
    same(s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), 1)


@check
def to_itself():
    """Over the host's own loopback: forked, both ends ours, by the listener's readiness."""
    own = "::1" if FAMILY == socket.AF_INET6 else "127.0.0.1"
    listener = socket.create_server((own, 0), family=FAMILY)
    address = listener.getsockname()
    same(select.select([listener], [], [], 0)[0], [])
    child = os.fork()
    if child == 0:
        c = socket.create_connection(address[:2])
        c.sendall(b"from the child")
        os._exit(0)
    same(select.select([listener], [], [], 5)[0], [listener])
    s, _ = listener.accept()
    same(select.select([listener], [], [], 0)[0], [])
    data = b""
    while part := s.recv(100):
        data += part
    same(data, b"from the child")
    os.waitpid(child, 0)


@check
def passed_on():
    """A descriptor that another process was sent, and a copy that is closed first."""
    s = blocking(ECHO)
    d = os.dup(s.fileno())
    a, b = socket.socketpair()
    child = os.fork()
    if child == 0:
        s.close()
        os.close(d)
        _, fds, _, _ = socket.recv_fds(b, 1, 1)
        t = socket.socket(fileno=fds[0])
        same(t.getpeername()[1], ECHO)
        t.sendall(b"from afar")
        os._exit(0)
    socket.send_fds(a, [b"x"], [s.fileno()])
    s.close()
    os.waitpid(child, 0)
    t = socket.socket(fileno=d)
    same(t.recv(100), b"from afar")


@check
def counts():
    s = blocking(ECHO)
    s.sendall(b"12345")
    select.select([s], [], [], 5)
    n = array.array("i", [0])
    fcntl.ioctl(s, termios.FIONREAD, n)
    same(n[0], 5)
    s.recv(2)
    fcntl.ioctl(s, termios.FIONREAD, n)
    same(n[0], 3)
    time.sleep(0.1)
    fcntl.ioctl(s, termios.TIOCOUTQ, n)
    same(n[0], 0)


@check
def urgent():
    s = blocking(ECHO)
    same(s.send(b"ab", socket.MSG_OOB), 2)
    fails(errno.EINVAL, s.recv, 1, socket.MSG_OOB)


@check
def a_reader_that_stops():
    """What the peer can send is what the receive buffer takes, and no byte of it is lost."""
    s = socket.socket(FAMILY)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    s.connect((PEER, STALL))
    path = os.environ["STALLED"]
    for _ in range(100):
        if os.path.exists(path) and os.path.getsize(path):
            break
        time.sleep(0.1)
    n = array.array("i", [0])
    fcntl.ioctl(s, termios.FIONREAD, n)
    # the window that was offered is full, and not a byte more was taken
    same(4_000 < n[0] <= 32_768, True)
    total = 0
    while part := s.recv(10_000):
        total += len(part)
    same(total, 1 << 22)
    os.remove(path)


@check
def many():
    """As many as there are descriptors for, one after another: none is left behind."""
    for _ in range(300):
        s = blocking(ECHO)
        s.close()
    for _ in range(300):
        s = socket.socket(FAMILY)
        s.connect_ex((PEER, NOBODY))
        s.close()


@check
def far_off():
    """With a world of routers: what its file says of these addresses."""
    wrong = []

    def to(address, number):
        try:
            fails(number, socket.create_connection, (address, 80))
        except AssertionError as e:
            wrong.append(e)

    both = [threading.Thread(target=to, args=a) for a in
            (("10.99.1.1", errno.EHOSTUNREACH), ("10.99.2.1", errno.ETIMEDOUT))]
    for t in both:
        t.start()
    for t in both:
        t.join()
    same(wrong, [])


bad = 0
for name in sys.argv[2:] or [n for n in CHECKS if n != "far_off"]:
    try:
        CHECKS[name]()
        print(f"{name}: ok", flush=True)
    except Exception as e:  # whatever it is, it is told
        bad += 1
        print(f"{name}: {type(e).__name__}: {e} (line {e.__traceback__.tb_next.tb_lineno})", flush=True)
sys.exit(bad != 0)
