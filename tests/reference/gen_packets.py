#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a small adversarial capture (pcap, Ethernet, nanoseconds; or pcapng of all kinds) to stdout.

Few hosts and ports, so that keys collide and are reused; times that stand still, run back, jump
and hit the timeouts to the nanosecond; odd frames.  The same seed gives the same bytes.
"""
import argparse
import random
import struct
import sys

SECOND = 10**9
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, UDP, ICMP, ICMPV6, DCCP, GRE, SCTP, UDPLITE = 6, 17, 1, 58, 33, 47, 132, 136
BASE = 1_700_000_000 * SECOND
LAST = (2**32 - 1) * SECOND            # the last second that a pcap can tell
PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)

# What a temperament changes: hosts, ports, weights of the kinds of packet and of the kinds of time step
TEMPERAMENTS = {
    "mixed": {},
    "dense": {"steps": {"still": 6, "tiny": 20, "small": 10, "edge": 1, "back": 2}},
    "slow": {"steps": {"small": 2, "seconds": 10, "edge": 12, "jump": 3}},
    "tcp": {"hosts": 2, "ports": 2, "kinds": {"tcp": 60, "script": 20}, "odd": 1,
            "steps": {"still": 8, "small": 10, "edge": 8, "seconds": 6, "back": 3}},
    "clocks": {"hosts": 3, "steps": {"still": 4, "small": 6, "edge": 5, "back": 6, "jump": 5, "wild": 10}},
    "frames": {"odd": 40, "kinds": {"tcp": 6, "udp": 6, "icmp": 6, "other": 6, "fragment": 6, "group": 3, "junk": 4}},
    "crowd": {"hosts": 9, "ports": 9, "steps": {"still": 3, "tiny": 10, "small": 10, "edge": 1}},
    "long": {"hosts": 2, "ports": 1, "kinds": {"tcp": 2, "udp": 20, "icmp": 6}, "odd": 1,
             "steps": {"still": 4, "small": 10, "seconds": 15, "edge": 4, "back": 3}},
    "icmp": {"hosts": 3, "kinds": {"icmp": 30, "group": 8, "fragment": 4, "other": 4}},
}
USUAL = {
    "hosts": 4, "ports": 4, "odd": 8,                                   # odd: frames in a hundred that are bent
    "kinds": {"tcp": 30, "script": 4, "udp": 14, "icmp": 8, "other": 4, "fragment": 4, "group": 3, "junk": 1},
    "steps": {"still": 8, "tiny": 8, "small": 14, "seconds": 6, "edge": 5, "back": 3, "jump": 1, "wild": 1},
}
PORTS = [40000, 443, 8080, 40001, 80, 1023, 1024, 5353, 53, 3478, 0, 65535]
EDGES = [SECOND // 10, SECOND // 10, SECOND, 2 * SECOND, 10 * SECOND, 15 * SECOND, 60 * SECOND, 120 * SECOND, 1800 * SECOND]


class Generator:
    def __init__(self, seed, temperament):
        self.rng = random.Random(f"{seed} {temperament}")
        self.traits = USUAL | TEMPERAMENTS[temperament]
        count = self.traits["hosts"]
        self.hosts = {4: [bytes([10, 0, 0, i + 1]) for i in range(count)],
                      6: [bytes.fromhex("20010db8") + bytes(11) + bytes([i + 1]) for i in range(count)]}
        if self.chance(3):                                              # IPv6 packets on the keys of IPv4
            self.hosts[6][0] = bytes(10) + b"\xff\xff" + self.hosts[4][0]
        ports = PORTS[:]
        self.rng.shuffle(ports)
        self.ports = ports[:self.traits["ports"]]
        self.clock, self.pending = BASE, []
        self.queue = []                                                 # of a script: (step or None, lag, frame)

    def chance(self, one_in):
        return self.rng.randrange(one_in) == 0

    def pick(self, weights):
        return self.rng.choices(list(weights), list(weights.values()))[0]

    # ------------------------------------------------ times

    def time(self):
        """The next record's time; most move the clock, wild ones do not."""
        rng = self.rng
        if self.pending:
            return self.pending.pop(0)
        if self.queue and self.queue[0][0] is not None:
            self.clock = min(self.clock + self.queue[0][0], LAST)
            return self.clock + self.queue[0][1]
        step = self.pick(self.traits["steps"])
        if step == "wild":
            return self.wild()
        if step == "back":
            return max(0, self.clock - rng.choice([1, 1000, SECOND, 20 * SECOND, 3600 * SECOND, 3601 * SECOND,
                                                   rng.randrange(10**13), self.clock]))
        if step == "tiny":
            self.clock += rng.randrange(1, 40)
        elif step == "small":
            self.clock += rng.choice([1000, 10**6, rng.randrange(5 * 10**8), 5 * 10**8, SECOND // 3])
        elif step == "seconds":
            self.clock += rng.choice([SECOND, 5 * SECOND, rng.randrange(30 * SECOND)])
        elif step == "edge":                                            # a timeout, to the nanosecond
            self.clock += rng.choice(EDGES) + rng.choice([-1, 0, 0, 1])
        elif step == "jump":
            self.clock += rng.choice([400, 2000, 3599, 3600, 3601, 10000]) * SECOND + rng.choice([-1, 0, 1])
        self.clock = min(self.clock, LAST)
        return self.clock

    def wild(self):
        """One record far ahead, and what comes after it: the test of R1."""
        rng, clock = self.rng, self.clock
        ahead = rng.choice([3600 * SECOND, 3600 * SECOND + 1, 3601 * SECOND, 7200 * SECOND, 86400 * SECOND])
        if self.chance(4):
            ahead = LAST - clock - rng.randrange(10) * SECOND           # nearly the end of time
        after = rng.choice([0, 1, SECOND, ahead // 2 - 1, ahead // 2, ahead // 2, ahead // 2 + 1, -SECOND])
        if self.chance(6) and ahead < 10**14:                           # it was true
            after = ahead + rng.choice([-SECOND, 0, 1])
        if self.chance(5):                                              # two in a row
            self.pending.append(clock + ahead + rng.choice([0, ahead]))
        self.pending.append(clock + after)
        self.pending = [min(max(0, t), LAST) for t in self.pending]
        if 0 <= after < 10**14:
            self.clock = max(self.clock, self.pending[-1])
        return min(clock + ahead, LAST)

    # ------------------------------------------------ packets

    def endpoints(self):
        """(version, source, destination); now and then the same on both sides"""
        version = 6 if self.chance(5) else 4
        source = self.rng.choice(self.hosts[version])
        destination = source if self.chance(25) else self.rng.choice(self.hosts[version])
        return version, source, destination

    def tcp(self, flags, seq, source_port, destination_port, payload=b""):
        offset = self.rng.choice([5, 5, 5, 8, 15, 4, 0] if self.chance(6) else [5])
        header = struct.pack(">HHIIBBHHH", source_port, destination_port, seq, 0, offset << 4, flags, 1024, 0, 0)
        return header + bytes(max(0, offset - 5) * 4) + payload

    def data(self):
        return bytes(self.rng.choice([0, 0, 1, 7, 100, 100, 500, self.rng.randrange(1400)]))

    def make_tcp(self):
        flags = self.pick({SYN: 14, SYN | ACK: 9, ACK: 24, PSH | ACK: 12, FIN | ACK: 14, FIN: 2, RST: 4,
                           RST | ACK: 3, SYN | FIN: 1, SYN | RST: 1, FIN | RST: 1, 0: 1, 0xFF: 1})
        # few sequence numbers, so that a SYN often repeats an earlier one
        seq = self.rng.choice([1000, 1000, 1000, 2000, 2**32 - 1])
        segment = self.tcp(flags, seq, self.rng.choice(self.ports), self.rng.choice(self.ports), self.data())
        return self.ip(*self.endpoints(), TCP, segment)

    def make_script(self):
        """A connection in one of its many lives; the packets follow each other, others do not come between."""
        version, client, server = self.endpoints()
        client_port, server_port = self.rng.choice(self.ports), self.rng.choice(self.ports)
        isn = self.rng.choice([1000, 2000, 3000])
        c_syn, s_syn, c_synack = ("c", SYN, isn), ("s", SYN | ACK, 500), ("c", SYN | ACK, isn)
        s_open, c_ack, s_ack = ("s", SYN, 500), ("c", ACK, isn + 1), ("s", ACK, 501)
        c_fin, s_fin, c_rst = ("c", FIN | ACK, isn + 2), ("s", FIN | ACK, 502), ("c", RST, isn + 2)
        again, fresh = ("c", SYN, isn), ("c", SYN, isn + 100000)
        script = self.rng.choice([
            [c_syn, s_syn, c_ack, s_ack, c_fin, s_fin, c_ack, fresh, s_syn],            # port reuse
            [c_syn, s_syn, c_ack, c_fin, s_fin, again, c_ack, again],                   # the old SYN once more
            [c_syn, s_syn, c_rst, again, again, s_ack, again],
            [c_syn, fresh, s_syn, c_rst, fresh, again], [c_syn, fresh, s_syn, c_rst, again],
            [c_syn, again, again, s_syn, s_syn, c_ack, c_rst, s_ack, again, fresh],     # retransmissions
            [c_syn, s_open, c_synack, s_syn, c_ack, s_fin, c_fin],                      # simultaneous open
            [c_syn, s_syn, c_ack, s_fin, fresh, s_syn, c_fin],                          # half closed, then new
            [c_syn, s_syn, c_ack, s_fin, again, s_open, c_fin],                         # half closed, then old
            [s_ack, c_ack, s_ack, s_ack, c_ack, s_ack, c_syn, s_syn],                   # SYN as packet 7
            [s_ack, c_ack, s_ack, s_ack, c_ack, s_ack, c_ack, c_syn],                   # SYN as packet 8
            [s_ack, s_syn, c_syn, c_ack, c_rst, s_open, c_synack],                      # out of order
            [c_fin, s_fin, s_syn, c_ack], [c_rst, c_rst, c_syn, c_rst], [s_fin, s_fin, c_ack, s_syn],
        ])
        if self.chance(3):
            self.rng.shuffle(script)
        timed = self.chance(2)
        for side, flags, seq in script:
            body = self.data() if flags == ACK else b""
            if side == "c":
                frame = self.ip(version, client, server, TCP, self.tcp(flags, seq, client_port, server_port, body))
            else:
                frame = self.ip(version, server, client, TCP, self.tcp(flags, seq, server_port, client_port, body))
            # of the timed ones some steps are the second of the repeated SYN, and some packets run late
            step = self.rng.choice([0, 0, SECOND // 2, SECOND - 1, SECOND, SECOND, SECOND + 1]) if timed else None
            self.queue.append((step, self.rng.choice([0, 0, 0, -SECOND // 2, -SECOND]), frame))
        return self.queue.pop(0)[2]

    def udp(self, source_port, destination_port, payload):
        return struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload

    def make_udp(self):
        source, destination = self.rng.choice(self.ports), self.rng.choice(self.ports)
        return self.ip(*self.endpoints(), UDP, self.udp(source, destination, self.data()))

    def icmp(self, version):
        kinds = ([0, 8, 8, 13, 14, 15, 16, 17, 18, 3, 11, 9, 10, 5] if version == 4 else
                 [128, 128, 129, 130, 131, 133, 134, 135, 136, 139, 140, 143, 144, 1, 3])
        return bytes([self.rng.choice(kinds), self.rng.randrange(3)]) + bytes(6) + self.data()

    def make_icmp(self):
        version, source, destination = self.endpoints()
        protocol = ICMP if version == 4 else ICMPV6
        if self.chance(20):
            protocol = ICMP + ICMPV6 - protocol                         # the other family's
        return self.ip(version, source, destination, protocol, self.icmp(version))

    def make_other(self):
        protocol = self.rng.choice([UDPLITE, SCTP, DCCP, DCCP, GRE, 50, 51, 2, 59, 0, 255])
        ports = struct.pack(">HH", self.rng.choice(self.ports), self.rng.choice(self.ports))
        body = ports + bytes([self.rng.choice([3, 4, 6, 255])]) + bytes(self.rng.choice([0, 3, 8, 20, 60]))
        version, source, destination = self.endpoints()
        if version == 6 and protocol in (0, 51):
            protocol = GRE
        return self.ip(version, source, destination, protocol, body)

    def make_group(self):
        group = {4: [bytes([224, 0, 0, 251]), bytes([255] * 4), bytes([239, 255, 255, 250]), bytes([240, 0, 0, 1])],
                 6: [bytes.fromhex("ff02") + bytes(13) + b"\xfb", bytes.fromhex("ff02") + bytes(13) + b"\x16"]}
        version, source, _ = self.endpoints()
        kind = self.rng.choice([UDP, UDP, ICMP if version == 4 else ICMPV6, 2, TCP])
        ports = self.rng.choice(self.ports), self.rng.choice(self.ports)
        body = {UDP: lambda: self.udp(*ports, self.data()), TCP: lambda: self.tcp(ACK, 1, *ports),
                2: lambda: bytes(8)}.get(kind, lambda: self.icmp(version))()
        pair = [source, self.rng.choice(group[version])]
        if self.chance(6):
            pair.reverse()
        return self.ip(version, *pair, kind, body)

    def make_fragment(self):
        version, source, destination = self.endpoints()
        protocol = self.rng.choice([TCP, UDP, UDP, ICMP if version == 4 else ICMPV6, GRE])
        ports = self.rng.choice(self.ports), self.rng.choice(self.ports)
        flags = self.rng.choice([SYN, ACK, FIN | ACK, RST])
        body = {TCP: lambda: self.tcp(flags, 1000, *ports, bytes(44)), UDP: lambda: self.udp(*ports, bytes(40)),
                GRE: lambda: bytes(48)}.get(protocol, lambda: self.icmp(version) + bytes(40))()
        offset, more = self.rng.choice([(0, 1), (0, 1), (3, 1), (6, 0), (8191, 0), (0, 0)])
        identification = self.rng.randrange(3)
        if version == 4:
            return self.ip(4, source, destination, protocol, body, fragment=offset | more << 13,
                           identification=identification)
        header = struct.pack(">BBHI", protocol, 0, offset << 3 | more, identification)
        return self.ip(6, source, destination, 44, header + body)

    def make_junk(self):
        kind = self.rng.choice([0x0806, 0x88CC, 46, 0x0600, 0x86DD, 0x0800, 0x8847])
        return self.ether(kind, self.rng.randbytes(self.rng.choice([0, 1, 19, 20, 39, 46, 60])))

    # ------------------------------------------------ headers

    def ip(self, version, source, destination, protocol, body, fragment=None, identification=0):
        odd = self.rng.randrange(100) < self.traits["odd"]
        if version == 4:
            if fragment is None:
                fragment = self.rng.choice([0, 0x4000])
            options = bytes(self.rng.choice([4, 40])) if self.chance(20) else b""
            length, first = 20 + len(options) + len(body), 0x45 + len(options) // 4
            if odd:
                trouble = self.rng.randrange(7)
                length = {0: 0, 1: 65535, 2: length + 1 + self.rng.randrange(60),
                          3: self.rng.randrange(min(60, length))}.get(trouble, length)
                first = {4: 0x44, 5: 0x4F, 6: 0x55}.get(trouble, first)
            header = struct.pack(">BBHHHBBH", first, 0, length, identification, fragment, 64, protocol, 0)
            return self.ether(0x0800, header + source + destination + options + body)
        if self.chance(8):
            protocol, body = self.extensions(protocol, body)
        length, first = len(body), 0x60
        if odd:
            trouble = self.rng.randrange(5)
            length = {0: 0, 1: 65535, 2: length + 1 + self.rng.randrange(60),
                      3: self.rng.randrange(length + 1)}.get(trouble, length)
            first = 0x50 if trouble == 4 else first
            if trouble == 0 and self.chance(2):                         # a jumbo option
                jumbo = struct.pack(">BBBBI", protocol, 0, 0xC2, 4,
                                    self.rng.choice([len(body) + 8, len(body) + 20, 2**31]))
                protocol, body = 0, jumbo + body
        header = struct.pack(">BBHHBB", first, 0, 0, length, protocol, 64)
        return self.ether(0x86DD, header + source + destination + body)

    def extensions(self, protocol, body):
        count = self.rng.choice([1, 1, 2, 3, 16, 17])
        for _ in range(count):
            kind = self.rng.choice([0, 43, 60, 60, 135, 139, 140, 51])
            units = self.rng.choice([0, 0, 1, 3])
            if kind == 51:
                body = bytes([protocol, units]) + bytes((units + 2) * 4 - 2) + body
            else:
                body = bytes([protocol, units]) + bytes((units + 1) * 8 - 2) + body
            protocol = kind
        return protocol, body

    def ether(self, ethertype, payload):
        tags = b""
        if self.chance(8):
            for _ in range(self.rng.choice([1, 1, 1, 2, 8, 9])):
                tags += struct.pack(">HH", self.rng.choice([0x8100, 0x8100, 0x88A8, 0x9100]),
                                    self.rng.choice([0, 0x2000, 5, 0x6005, 7, 0xFFF]))
        return b"\2\0\0\0\0\1\2\0\0\0\0\2" + tags + struct.pack(">H", ethertype) + payload

    # ------------------------------------------------ records

    def frame(self):
        if self.queue:
            return self.queue.pop(0)[2]
        return getattr(self, "make_" + self.pick(self.traits["kinds"]))()

    def record(self, time, frame):
        if self.chance(6):
            frame = frame.ljust(60, b"\0")                              # Ethernet padding
        wire = len(frame)
        if self.rng.randrange(100) < self.traits["odd"]:
            trouble = self.rng.randrange(4)
            if trouble == 0:
                frame = frame[:self.rng.randrange(len(frame) + 1)]      # snapped anywhere
            elif trouble == 1:
                frame = frame[:self.rng.choice([0, 13, 14, 33, 34, 42, 47, 48, 54, 96])]
            elif trouble == 2:
                wire = self.rng.randrange(wire + 1)                     # shorter on the wire than captured
            else:
                wire += self.rng.randrange(1, 3000)
        return time, frame, wire

    def pcap_record(self, time, frame, wire):
        seconds, fraction = divmod(time, SECOND)
        if seconds > 2 and self.chance(30):                             # a fraction of more than a second
            extra = self.rng.randrange(1, 4)
            if fraction + extra * SECOND < 2**32:
                seconds, fraction = seconds - extra, fraction + extra * SECOND
        return struct.pack("<IIII", seconds, fraction, len(frame), wire) + frame

    def records(self, count):
        times, frames = [], []
        for _ in range(count):
            times.append(self.time())
            frames.append(self.frame())
        if count > 1 and self.chance(3):                                # a wild or nearly wild first record
            times[0] = min(LAST, times[1] + self.rng.choice([3600, 3600, 3601, 10**5, 10**9]) * SECOND
                           + self.rng.choice([0, 0, 1]))
        if count and self.chance(3):                                    # the last record stands
            times[-1] = min(LAST, self.clock + self.rng.choice([3601, 10**5, 10**9]) * SECOND)
        return map(self.record, times, frames)

    # ------------------------------------------------ files

    def pcap(self, count):
        return PCAP_HEADER + b"".join(self.pcap_record(*record) for record in self.records(count))

    def pcapng(self, count):
        """Sections of either byte order; interfaces of many clocks and links; times at both ends of 64-bit ns."""
        out = b""
        for number, (time, frame, wire) in enumerate(self.records(count)):
            if number == 0 or self.chance(40):
                order, interfaces = self.rng.choice("<>"), []
                out += block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
            if not interfaces or self.chance(15):
                interfaces.append(self.interface())
                out += block(order, 1, describe(order, *interfaces[-1]))
            index = self.rng.randrange(len(interfaces))
            link, resolution, offset = interfaces[index]
            per_second = 2 ** (resolution & 127) if resolution & 128 else 10 ** resolution
            ticks = (time - offset * SECOND) * per_second // SECOND
            if self.chance(60) or not 0 <= ticks < 2**64:               # anywhere in time
                ticks = self.rng.choice([0, 1, 2**63, 2**64 - 1, self.rng.randrange(2**64)])
            frame, wire = relink(link, frame, wire)
            padded = frame.ljust(len(frame) + -len(frame) % 4, b"\0")
            kind = self.rng.choice([6, 6, 6, 2])                        # 2: the obsolete packet block
            first = struct.pack(order + "I", index) if kind == 6 else struct.pack(order + "HH", index, 0)
            out += block(order, kind, first + struct.pack(order + "IIII", ticks >> 32, ticks & 0xFFFFFFFF,
                                                          len(frame), wire) + padded)
            if self.chance(20):
                out += block(order, 0xBAD, self.rng.randbytes(8))
        return out

    def interface(self):
        """(link type, if_tsresol, if_tsoffset)"""
        link = self.rng.choice([1, 1, 1, 0, 101, 113, 228, 276, 147])
        resolution = self.rng.choice([9, 9, 9, 9, 6, 3, 0, 12, 28, 29, 0x80 | 20, 0x80 | 32, 0x80 | 127])
        offset = self.rng.choice([0, 0, 0, 0, 1, -5, 10**9, -2**63 // SECOND, 2**63 // SECOND, -2**63, 2**63 - 1])
        return link, resolution, offset


def block(order, kind, body):
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def describe(order, link, resolution, offset):
    """The body of an interface description."""
    options = struct.pack(order + "HHB3x", 9, 1, resolution) + struct.pack(order + "HHq", 14, 8, offset)
    return struct.pack(order + "HHI", link, 0, 0) + options + bytes(4)


def relink(link, frame, wire):
    """The same packet behind the header of another link type, as far as the frame has one."""
    header = {0: (2).to_bytes(4, "little"), 101: b"", 228: b"", 113: bytes(14) + frame[12:14],
              276: frame[12:14] + bytes(18)}.get(link)
    if header is None or len(frame) < 14:
        return frame, wire
    return header + frame[14:], max(0, wire - 14 + len(header))


def plain_udp(time, client, payload):
    """A pcap record of no malice: so many bytes of payload, snapped off, from 10.0.0.0 + client to one server."""
    header = struct.pack(">BBHHHBBHIIHHHH", 0x45, 0, 28 + payload, 0, 0, 64, UDP, 0, 0x0A000000 + client, 0xC0000201,
                         40000, 53, 8 + payload, 0)
    frame = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + header
    return struct.pack("<IIII", *divmod(time, SECOND), len(frame), len(frame) + payload) + frame


def pieces(pcap, rng):
    """The files of a rotated capture: a pcap cut in front of some of its records, each with the file header."""
    header, at = pcap[:24], 24
    piece, found = header, []
    while at < len(pcap):
        end = at + 16 + struct.unpack_from("<I", pcap, at + 8)[0]
        piece, at = piece + pcap[at:end], end
        if rng.randrange(20) == 0:
            found.append(piece)
            piece = header
    return [*found, piece]


def capture(seed, count, temperament=None, form="pcap"):
    """The bytes of a capture file."""
    names = list(TEMPERAMENTS)
    generator = Generator(seed, temperament or names[seed % len(names)])
    return getattr(generator, form)(count)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=300, help="packets (default 300)")
    parser.add_argument("--temperament", choices=list(TEMPERAMENTS), help="default: by the seed")
    parser.add_argument("--form", choices=("pcap", "pcapng"), default="pcap")
    options = parser.parse_args()
    sys.stdout.buffer.write(capture(options.seed, options.count, options.temperament, options.form))


if __name__ == "__main__":
    main()
