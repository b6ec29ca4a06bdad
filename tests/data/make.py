#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the small captures in this folder, the same bytes on every run.  usage: make.py [OUT]

mixed.pcap       one of each: a whole TCP session, DNS, a ping, IPv6 in a VLAN, a reset, ARP, a cut header
cut.pcap         mixed.pcap, ended inside its packet 9
dpi.pcap         flows with a payload: DNS, TLS that names its server, BitTorrent, a lone SYN, bytes that mean nothing
pipeline/        three classes that differ in shape, three captures each: class/application__N.pcap
                 and today.pcap, a capture with flows of all three
But for dpi.pcap frames hold headers alone: what an IP header says of its length is what counts.
"""
import pathlib
import socket
import struct
import sys

MAC = bytes.fromhex("020000000001020000000002")
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, UDP, ICMP = 6, 17, 1


class Dice:
    """Small numbers that look like chance and never change (a linear congruential generator)."""

    def __init__(self, seed):
        self.state = seed

    def between(self, low, high):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (self.state >> 33) % (high - low + 1)


class Capture:
    """Frames with their times in microseconds; written in the order of time."""

    def __init__(self, start=1_700_000_000_000_000):
        self.start = start
        self.records = []

    def add(self, micros, frame, original=None):
        self.records.append((self.start + micros, frame, original or len(frame)))

    def bytes(self):
        out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
        for time, frame, original in sorted(self.records, key=lambda record: record[0]):
            out += struct.pack("<IIII", time // 10**6, time % 10**6, len(frame), original) + frame
        return out


def ipv4(src, dst, protocol, l4, payload):
    length = 20 + len(l4) + payload
    header = struct.pack(">BBHHHBBH", 0x45, 0, length, 0, 0, 64, protocol, 0)
    return MAC + b"\x08\x00" + header + socket.inet_aton(src) + socket.inet_aton(dst) + l4, 14 + length


def tcp(sport, dport, flags, seq):
    return struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 0x50, flags, 65535, 0, 0)


def udp(sport, dport, payload):
    return struct.pack(">HHHH", sport, dport, 8 + payload, 0)


class Tcp:
    """A connection: knows both ends and their sequence numbers."""

    def __init__(self, capture, client, cport, server, sport):
        self.capture = capture
        self.ends = [(client, cport, 1000), (server, sport, 5000)]

    def send(self, micros, side, flags, payload=0):
        (src, sport, seq), (dst, dport, _) = self.ends[side], self.ends[1 - side]
        self.capture.add(micros, *ipv4(src, dst, TCP, tcp(sport, dport, flags, seq), payload))
        self.ends[side] = (src, sport, seq + payload + (1 if flags & (SYN | FIN) else 0))

    def open(self, micros, rtt):
        self.send(micros, 0, SYN)
        self.send(micros + rtt, 1, SYN | ACK)
        self.send(micros + rtt + 40, 0, ACK)
        return micros + rtt + 100

    def close(self, micros, rtt):
        self.send(micros, 0, FIN | ACK)
        self.send(micros + rtt, 1, FIN | ACK)
        self.send(micros + rtt + 40, 0, ACK)


def web(capture, dice, start, client, port):
    connection = Tcp(capture, client, port, "192.0.2.80", 443)
    rtt = dice.between(20_000, 40_000)
    now = connection.open(start, rtt)
    for _ in range(dice.between(1, 2)):
        connection.send(now, 0, PSH | ACK, dice.between(300, 700))
        for _ in range(dice.between(2, 5)):
            now += dice.between(200, 900)
            connection.send(now + rtt, 1, ACK, 1448)
            connection.send(now + rtt + 30, 0, ACK)
        now += rtt + dice.between(10_000, 300_000)
    connection.close(now, rtt)


def dns(capture, dice, start, client, port):
    question, answer = dice.between(28, 50), dice.between(60, 180)
    capture.add(start, *ipv4(client, "192.0.2.53", UDP, udp(port, 53, question), question))
    capture.add(start + dice.between(8_000, 60_000),
                *ipv4("192.0.2.53", client, UDP, udp(53, port, answer), answer))


def voip(capture, dice, start, client, port):
    for i in range(dice.between(15, 22)):
        for src, dst, sport, dport in ((client, "192.0.2.9", port, 40000), ("192.0.2.9", client, 40000, port)):
            now = start + 20_000 * i + dice.between(0, 3_000)
            capture.add(now, *ipv4(src, dst, UDP, udp(sport, dport, 172), 172))


FLOWS = {"dns": (dns, 10), "voip": (voip, 2), "web": (web, 4)}  # what a class does, and flows of a capture


def of_class(name, number):
    capture, dice = Capture(), Dice(100 * number + len(name) + ord(name[0]))
    flow, count = FLOWS[name]
    for i in range(count):
        flow(capture, dice, 700_000 * i + dice.between(0, 90_000), f"10.0.{number}.7", 50_000 + i)
    return capture.bytes()


def today():
    capture, dice = Capture(1_700_086_400_000_000), Dice(7)
    for i, name in enumerate(("web", "dns", "voip", "dns", "web", "dns")):
        FLOWS[name][0](capture, dice, 900_000 * i, "10.0.9.9", 51_000 + i)
    return capture.bytes()


def client_hello(server_name):
    """TLS 1.2 with one cipher and a server name (RFC 5246, RFC 6066)."""
    name = struct.pack(">HBH", len(server_name) + 3, 0, len(server_name)) + server_name
    extension = struct.pack(">HH", 0, len(name)) + name
    body = b"\x03\x03" + b"Z" * 32 + b"\0" + b"\0\x02\xc0\x2f" + b"\x01\0" + struct.pack(">H", len(extension)) + extension
    return struct.pack(">BHHB", 22, 0x0301, len(body) + 4, 1) + struct.pack(">I", len(body))[1:] + body


def dpi():
    capture = Capture()

    def datagram(micros, port, payload):
        frame, _ = ipv4("10.0.0.1", "192.0.2.1", UDP, udp(50_000, port, len(payload)), len(payload))
        capture.add(micros, frame + payload)

    def connection(micros, port, payload, later=0):
        ends = Tcp(capture, "10.0.0.1", 40_000 + port % 1000, "192.0.2.1", port)
        now = ends.open(micros, 30_000)
        (src, sport, seq), (dst, dport, _) = ends.ends
        frame, _ = ipv4(src, dst, TCP, tcp(sport, dport, PSH | ACK, seq), len(payload))
        capture.add(now, frame + payload)
        ends.ends[0] = (src, sport, seq + len(payload))
        if later:
            ends.send(now + later, 0, ACK)

    question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x05mltat\x07example\0\0\x01\0\x01"
    datagram(0, 53, question)
    connection(10_000, 443, client_hello(b"www.youtube.com"), later=30_000_000)
    connection(100_000, 444, client_hello(b"mltat.example"))
    connection(200_000, 51413, b"\x13BitTorrent protocol" + bytes(8) + b"a" * 20 + b"-LT1234-abcdefghijkl")
    Tcp(capture, "10.0.0.1", 40_022, "192.0.2.1", 22).send(300_000, 0, SYN)
    for i in range(3):
        datagram(400_000 + 1000 * i, 50_001, b"nothing that anyone speaks")
    return capture.bytes()


def mixed():
    capture = Capture()
    session = Tcp(capture, "10.0.0.1", 40001, "192.0.2.1", 443)
    now = session.open(0, 30_000)
    session.send(now, 0, PSH | ACK, 500)                                          # packet 3
    session.send(now + 30_000, 1, PSH | ACK, 1000)
    session.close(now + 100_000, 30_000)
    dns(capture, Dice(3), 200_000, "10.0.0.1", 40002)
    ping = struct.pack(">BBHHH", 8, 0, 0, 77, 1), struct.pack(">BBHHH", 0, 0, 0, 77, 1)
    capture.add(400_000, *ipv4("10.0.0.1", "192.0.2.2", ICMP, ping[0], 56))
    capture.add(420_000, *ipv4("192.0.2.2", "10.0.0.1", ICMP, ping[1], 56))
    capture.add(500_000, MAC + b"\x08\x06" + bytes(28))                           # ARP
    source, target = (socket.inet_pton(socket.AF_INET6, f"2001:db8::{n}") for n in (1, 2))
    datagram = udp(40003, 5004, 160)
    capture.add(600_000, MAC + b"\x81\x00\x00\x2a\x86\xdd" + struct.pack(">IHBB", 6 << 28, 168, UDP, 64) + source + target
                + datagram, 18 + 40 + 168)
    refused = Tcp(capture, "10.0.0.1", 40004, "192.0.2.3", 8080)
    refused.send(700_000, 0, SYN)
    refused.send(700_900, 1, RST | ACK)
    frame, original = ipv4("10.0.0.1", "192.0.2.4", TCP, tcp(40005, 443, SYN, 9), 0)
    capture.add(800_000, frame[:40], original)                                    # ends inside the TCP header
    return capture.bytes()


def main(out):
    def put(name, data):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)

    whole = mixed()
    put("mixed.pcap", whole)
    place = 24
    for _ in range(9):
        place += 16 + struct.unpack_from("<I", whole, place + 8)[0]
    put("cut.pcap", whole[: place + 16 + 10])
    for name in FLOWS:
        for number in range(1, 4):
            put(f"pipeline/{name}/client__{number}.pcap", of_class(name, number))
    put("dpi.pcap", dpi())
    put("pipeline/today.pcap", today())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else pathlib.Path(__file__).resolve().parent)
