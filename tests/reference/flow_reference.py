#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A naive reference of the flow rules: captures in, feature rows (NDJSON) out.

Written from the written rules alone and for clarity, not speed: a unit is read whole, every
flow keeps its packets in a list, and features are computed from that list when the part ends.
"R1" to "R12" below are the sections of the flow rules.  Standard library only.
"""
import argparse
import base64
import collections
import csv
import hashlib
import json
import math
import os
import re
import socket
import struct
import sys
from decimal import Decimal
from fractions import Fraction

TCP, UDP, ICMP, ICMPV6, DCCP, SCTP, UDPLITE = 6, 17, 1, 58, 33, 132, 136
PORT_PROTOCOLS = {TCP, UDP, UDPLITE, SCTP, DCCP}
FIN, SYN, RST, ACK = 1, 2, 4, 16
LOW, HIGH = 0, 1                       # the two sides of a flow: lower and higher endpoint
SECOND = 10**9                         # all times are integer nanoseconds
HOUR = 3600 * SECOND
NEVER = float("inf")

# Known services (R6): the published table, none of them below 1024.
SERVICES = {
    TCP: {1080, 1194, 1433, 1521, 1723, 1883, 1935, 2049, 2181, 3128, 3260, 3268, 3306, 3389, 3478,
          5060, 5061, 5222, 5223, 5269, 5349, 5432, 5671, 5672, 5900, 5938, 5985, 6379, 6443, 6514,
          6667, 6697, 7680, 8000, 8008, 8009, 8080, 8081, 8086, 8333, 8443, 8883, 8888, 9001, 9030,
          9042, 9092, 9200, 9418, 11211, 25565, 27017},
    UDP: {1194, 1645, 1701, 1812, 1813, 1900, 2049, 2123, 2152, 3260, 3389, 3478, 3702, 4500, 4789,
          5004, 5060, 5349, 5353, 5355, 5683, 6081, 8443, 10000, 11211, 19302, 51820},
}

class Damage(Exception):
    """The file cannot be read further; what came before it counts."""

class Skip(Exception):
    """The packet belongs to no flow; the text is the reason."""


# ---------------------------------------------------------------- capture files

# time: raw ns, unbounded, or None; wire: length on the wire as the file says it
Record = collections.namedtuple("Record", "time link frame wire")

LONGEST_RECORD = 262144                # libpcap's MAXIMUM_SNAPLEN
# ns per unit of the fraction field, bytes of a record header
PCAP_MAGICS = {0xA1B2C3D4: (1000, 16), 0xA1B23C4D: (1, 16), 0xA1B2CD34: (1000, 24)}

def read_capture(data):
    """Yields the records of a capture; raises Damage where it breaks."""
    if not data:
        return
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        yield from read_pcapng(data)
    elif data[:2] == b"\x1f\x8b":
        raise Damage("gzip data, not a capture: decompress it first")
    else:
        yield from read_pcap(data)

def read_pcap(data):
    for order in "<>":
        layout = PCAP_MAGICS.get(struct.unpack(order + "I", data[:4])[0]) if len(data) >= 4 else None
        if layout:
            unit, header = layout
            break
    else:
        raise Damage("neither pcap nor pcapng")
    if len(data) < 24:
        raise Damage("file header cut")
    major, _, _, _, _, network = struct.unpack_from(order + "HHiIII", data, 4)
    if major != 2:
        raise Damage(f"pcap version {major} is not 2")
    at = 24
    while at < len(data):
        if at + header > len(data):
            raise Damage("record header cut")
        seconds, fraction, captured, wire = struct.unpack_from(order + "IIII", data, at)
        at += header
        if captured > LONGEST_RECORD:
            raise Damage(f"record of {captured} bytes")
        if at + captured > len(data):
            raise Damage("record cut")
        yield Record(seconds * SECOND + fraction * unit, network & 0xFFFF, data[at:at + captured], wire)
        at += captured

def read_pcapng(data):
    order, interfaces, at = None, [], 0
    while at < len(data):
        if at + 12 > len(data):
            raise Damage("block cut")
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":              # section header: the same in both orders
            order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(data[at + 8:at + 12])
            if order is None:
                raise Damage("section without byte order")
            interfaces = []
        kind, length = struct.unpack_from(order + "II", data, at)
        if length < 12 or length % 4:
            raise Damage(f"block length {length}")
        if at + length > len(data):
            raise Damage("block cut")
        if struct.unpack_from(order + "I", data, at + length - 4)[0] != length:
            raise Damage("block lengths differ")
        body = data[at + 8:at + length - 4]
        at += length
        if kind == 0x0A0D0D0A:
            if len(body) < 16:
                raise Damage("section header cut")
            if struct.unpack_from(order + "H", body, 4)[0] != 1:
                raise Damage("pcapng version is not 1")
        elif kind == 1:
            interfaces.append(read_interface(body, order))
        elif kind in (2, 3, 6):
            yield read_packet_block(kind, body, order, interfaces)

def read_interface(body, order):
    """(link type, snap length, ticks per second, offset in seconds)"""
    if len(body) < 8:
        raise Damage("interface description cut")
    link, _, snaplen = struct.unpack_from(order + "HHI", body)
    per_second, offset, at = 10**6, 0, 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        value = body[at + 4:at + 4 + size]
        if len(value) < size:
            raise Damage("interface option cut")
        if code == 0:
            break
        if code == 9 and size == 1:
            per_second = 2 ** (value[0] & 127) if value[0] & 128 else 10 ** value[0]
        elif code == 14 and size == 8:
            offset = struct.unpack(order + "q", value)[0]
        at += 4 + (size + 3) // 4 * 4
    return link, snaplen, per_second, offset

def read_packet_block(kind, body, order, interfaces):
    header = 4 if kind == 3 else 20
    if len(body) < header:
        raise Damage("packet block cut")
    if kind == 3:                                               # simple packet block: interface 0, no time
        interface, wire = 0, struct.unpack_from(order + "I", body)[0]
    elif kind == 6:
        interface, high, low, captured, wire = struct.unpack_from(order + "IIIII", body)
    else:                                                       # the obsolete packet block
        interface, _, high, low, captured, wire = struct.unpack_from(order + "HHIIII", body)
    if interface >= len(interfaces):
        raise Damage(f"interface {interface} is not described")
    link, snaplen, per_second, offset = interfaces[interface]
    if kind == 3:
        time, captured = None, min(wire, snaplen or wire, len(body) - header)
    else:
        time = (high << 32 | low) * SECOND // per_second + offset * SECOND
    if captured > LONGEST_RECORD or header + captured > len(body):
        raise Damage(f"packet of {captured} bytes does not fit its block")
    return Record(time, link, body[header:header + captured], wire)


# ---------------------------------------------------------------- R1: packet time

NO_TIME = 2**100                       # of a simple packet block: in no range

def in_range(time):
    return -2**63 <= time < 2**63

def find_times(raw, notes):
    """The times and the running clocks of all records, from their raw times."""
    times, clocks, clock = [], [], None
    raw = [NO_TIME if time is None else time for time in raw]
    for n, time in enumerate(raw):
        after = raw[n + 1] if n + 1 < len(raw) else None        # the next record, of any kind
        if time == NO_TIME:
            notes["time_missing"] += 1
            time = clock or 0
        elif not in_range(time):
            notes["time_out_of_range"] += 1
            time = clock
            if time is None:                                    # no clock yet
                time = after if after is not None and in_range(after) else 0
        elif clock is None:
            if after is not None and in_range(after) and time - after > HOUR:
                notes["wild_clock"] += 1
                time = after
        elif time - clock > HOUR and after is not None:
            if not in_range(after):
                after = clock                                   # the time that it will take
            if abs(after - clock) < abs(after - time):
                notes["wild_clock"] += 1
                time = clock
        clock = time if clock is None else max(clock, time)
        times.append(time)
        clocks.append(clock)
    return times, clocks


# ---------------------------------------------------------------- decoding

Packet = collections.namedtuple(
    "Packet", "source destination protocol vlan ip_len payload flags seq icmp number piece", defaults=(None,))
# source, destination: 18 bytes, address (IPv4 mapped) and port; flags: 0 unless unfragmented TCP;
# icmp: (type, code) or None; piece: of a fragmented packet: (is it the first, which packet) or None

VLAN_TYPES = {0x8100, 0x88A8, 0x9100}
IPV6_EXTENSIONS = {0, 43, 44, 51, 60, 135, 139, 140}
L4_NEEDED = {TCP: 14, UDP: 8, UDPLITE: 4, SCTP: 4, DCCP: 4, ICMP: 2, ICMPV6: 2}
MAPPED = bytes(10) + b"\xff\xff"

def be16(data, at):
    return int.from_bytes(data[at:at + 2], "big")

def need(data, length):
    if len(data) < length:
        raise Skip("truncated_header")

def strip_link(link, frame):
    """(IP version, link header bytes, outer VLAN or None)"""
    if link in (1, 113, 276):
        at, type_at = {1: (14, 12), 113: (16, 14), 276: (20, 0)}[link]
        need(frame, at)
        version, at, vlan = strip_ether_type(be16(frame, type_at), frame, at)
    elif link == 104:
        need(frame, 4)
        version, at, vlan = strip_ether_type(be16(frame, 2), frame, 4)
    elif link in (9, 50):
        need(frame, 1)
        if frame[0] & 0x7F == 0x0F:
            return strip_link(104, frame)
        version, at, vlan = strip_ppp(frame, 0)
    elif link == 51:
        version, at, vlan = strip_pppoe(frame, 0)
    elif link in (0, 108):
        need(frame, 4)
        families = {int.from_bytes(frame[:4], order) for order in ("little", "big")}
        version = 4 if 2 in families else 6 if families & {10, 24, 28, 30} else None
        at, vlan = 4, None
    elif link in (12, 14, 101):
        need(frame, 1)
        version = frame[0] >> 4
        if version not in (4, 6):
            raise Skip("malformed")
        at, vlan = 0, None
    elif link in (228, 229):
        version, at, vlan = {228: 4, 229: 6}[link], 0, None
    else:
        raise Skip("unsupported_link")
    if version is None:
        raise Skip("non_ip")
    return version, at, vlan

# Each returns (version, bytes up to the IP header, outer VLAN or None); version None: no IP.

def strip_ether_type(ethertype, frame, at, in_mpls=False):
    vlan, tags = None, 0
    while ethertype in VLAN_TYPES:
        if tags == 8:
            raise Skip("too_deep")
        need(frame, at + 4)
        if tags == 0:
            vlan = be16(frame, at) & 0xFFF or None              # id 0 = null
        ethertype = be16(frame, at + 2)
        at += 4
        tags += 1
    version = {0x0800: 4, 0x86DD: 6}.get(ethertype)
    if ethertype in (0x8847, 0x8848):
        version, at, _ = strip_mpls(frame, at, in_mpls)
    elif ethertype == 0x8864:
        version, at, _ = strip_pppoe(frame, at, in_mpls)
    return version, at, vlan

def strip_mpls(frame, at, in_mpls):
    for labels in range(17):
        if labels == 16:
            raise Skip("too_deep")
        need(frame, at + 4)
        at += 4
        if frame[at - 2] & 1:
            break
    need(frame, at + 1)
    nibble = frame[at] >> 4
    if nibble in (4, 6):
        return nibble, at, None
    if nibble == 1:
        return None, at, None
    if in_mpls:
        raise Skip("too_deep")
    if nibble == 0 and len(frame) >= at + 18:                   # perhaps a control word
        try:
            inside = strip_ether_type(be16(frame, at + 16), frame, at + 18, True)
            if inside[0] is not None:
                return inside
        except Skip:
            pass
    need(frame, at + 14)
    return strip_ether_type(be16(frame, at + 12), frame, at + 14, True)

def strip_pppoe(frame, at, in_mpls=False):
    need(frame, at + 6)
    if frame[at:at + 2] != b"\x11\x00":
        return None, at, None
    return strip_ppp(frame, at + 6, in_mpls)

def strip_ppp(frame, at, in_mpls=False):
    need(frame, at + 1)
    if frame[at] == 0xFF:
        at += 2
    need(frame, at + 1)
    if frame[at] & 1:
        protocol, at = frame[at], at + 1
    else:
        need(frame, at + 2)
        protocol, at = be16(frame, at), at + 2
    if protocol in (0x0281, 0x0283):
        return strip_mpls(frame, at, in_mpls)
    return {0x0021: 4, 0x0057: 6}.get(protocol), at, None

def clip(length, wire, notes):
    if length > wire:
        notes["clipped_length"] += 1
        return wire
    return length

def strip_ipv4(ip, wire, at_link, notes):
    """(source, destination, protocol, IP length, header bytes, fragment: None | first | later, identification)"""
    need(ip, 20)
    header = (ip[0] & 15) * 4
    if ip[0] >> 4 != 4 or header < 20:
        raise Skip("malformed")
    length = clip(be16(ip, 2) or wire - at_link, wire, notes)
    if header > length or header > len(ip):
        raise Skip("malformed")
    offset, more = be16(ip, 6) & 0x1FFF, be16(ip, 6) & 0x2000
    fragment = "later" if offset else "first" if more else None
    return MAPPED + ip[12:16], MAPPED + ip[16:20], ip[9], length, header, fragment, ip[4:6]

def strip_ipv6(ip, wire, at_link, notes):
    need(ip, 40)
    if ip[0] >> 4 != 6:
        raise Skip("malformed")
    length = 40 + be16(ip, 4)
    if length == 40:
        length = jumbo_length(ip) or wire - at_link
    length = clip(length, wire, notes)
    usable = ip[:length]
    protocol, header, fragment, walked, identification = ip[6], 40, None, 0, b""
    while protocol in IPV6_EXTENSIONS and fragment != "later":
        if walked == 16:
            raise Skip("too_deep")
        walked += 1
        need(usable, header + 2)
        following, size = usable[header], usable[header + 1]
        size = 8 if protocol == 44 else (size + 2) * 4 if protocol == 51 else (size + 1) * 8
        need(usable, header + size)
        if protocol == 44:
            field = be16(usable, header + 2)
            if field >> 3:
                fragment = "later"
            elif field & 1:
                fragment = "first"
            if field & 0xFFF9:
                identification = usable[header + 4:header + 8]
        protocol, header = following, header + size
    return ip[8:24], ip[24:40], protocol, length, header, fragment, identification

def jumbo_length(ip):
    """40 + the jumbo payload length, if a hop-by-hop header right after the IPv6 header has one."""
    if ip[6] != 0 or len(ip) < 42:
        return None
    options = ip[42:40 + (ip[41] + 1) * 8]
    while len(options) >= 2:
        if options[:2] == b"\xc2\x04" and len(options) >= 6:
            return 40 + int.from_bytes(options[2:6], "big")
        options = options[1 if options[0] == 0 else 2 + options[1]:]        # option 0 is one byte of padding
    return None

def decode(record, number, notes):
    """A Packet, or Skip."""
    wire = max(len(record.frame), record.wire)
    version, at, vlan = strip_link(record.link, record.frame)
    ip = record.frame[at:]
    strip = strip_ipv4 if version == 4 else strip_ipv6
    source, destination, protocol, length, header, fragment, identification = strip(ip, wire, at, notes)
    ports, flags, seq, icmp, l4_header = bytes(4), 0, 0, None, 0
    if fragment != "later":
        l4 = ip[header:length]                                  # captured and within the IP length
        need(l4, L4_NEEDED.get(protocol, 0))
        if protocol in PORT_PROTOCOLS:
            ports = l4[:4]
        if protocol in (ICMP, ICMPV6):
            icmp = l4[0], l4[1]
        if protocol == TCP:
            l4_header = (l4[12] >> 4) * 4
            if fragment is None:
                flags, seq = l4[13], int.from_bytes(l4[4:8], "big")
        elif protocol == DCCP:
            l4_header = l4[4] * 4 if len(l4) > 4 else 12
        else:
            l4_header = {UDP: 8, UDPLITE: 8, ICMP: 8, ICMPV6: 8, SCTP: 12}.get(protocol, 0)
    piece = fragment and (fragment == "first",
                          (version, source, destination, identification, protocol if version == 4 else None))
    return Packet(source + ports[:2], destination + ports[2:], protocol, vlan, length,
                  max(0, length - header - l4_header), flags, seq, icmp, number, piece)


# ---------------------------------------------------------------- R11: fragments

class Fragments:
    """First pieces of the last 30 s: which packet -> (clock, ports, protocol, key), the oldest first."""

    def __init__(self, with_vlan, notes):
        self.with_vlan, self.notes, self.known = with_vlan, notes, {}

    def place(self, packet, clock):
        """(packet, its key): those of the first piece, where there is one."""
        key = key_bytes(packet, self.with_vlan)
        if not packet.piece:
            return packet, key
        self.known = {which: entry for which, entry in self.known.items() if clock <= entry[0] + 30 * SECOND}
        first, which = packet.piece
        if first:
            self.known.pop(which, None)
            if len(self.known) == 65536:
                self.known.pop(next(iter(self.known)))
                self.notes["fragment_overflow"] += 1
            self.known[which] = clock, packet.source[16:], packet.destination[16:], packet.protocol, key
        elif which in self.known:
            _, source, destination, protocol, key = self.known[which]
            packet = packet._replace(source=packet.source[:16] + source,
                                     destination=packet.destination[:16] + destination, protocol=protocol)
        else:
            self.notes["fragment_alone"] += 1
        return packet, key


# ---------------------------------------------------------------- identity

def siphash24(data, key=bytes(16)):
    mask = 2**64 - 1
    k0, k1 = struct.unpack("<QQ", key)
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def half_round(a, b, c, d, s, t):
        a, c = (a + b) & mask, (c + d) & mask
        b, d = rotate(b, s) ^ a, rotate(d, t) ^ c
        return rotate(a, 32), b, c, d

    def rotate(x, bits):
        return (x << bits | x >> (64 - bits)) & mask

    def rounds(count):
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0, v1, v2, v3 = half_round(v0, v1, v2, v3, 13, 16)
            v2, v1, v0, v3 = half_round(v2, v1, v0, v3, 17, 21)

    whole = len(data) // 8 * 8
    tail = data[whole:] + bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    for (word,) in struct.iter_unpack("<Q", data[:whole] + tail):
        v3 ^= word
        rounds(2)
        v0 ^= word
    v2 ^= 0xFF
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3

def key_bytes(packet, with_vlan):
    """What identifies a flow: lower endpoint, higher endpoint, protocol, perhaps the VLAN."""
    low, high = sorted((packet.source, packet.destination))
    vlan = struct.pack(">H", packet.vlan or 0) if with_vlan else b""
    return low + high + bytes([packet.protocol]) + vlan

ICMP_PAIRS = {8: 0, 10: 9, 13: 14, 15: 16, 17: 18}
ICMPV6_PAIRS = {128: 129, 130: 131, 133: 134, 135: 136, 139: 140, 144: 145}

def community_id(packet):
    """Version 1 of the public specification, seed 0, of the flow's first packet."""
    source, destination = packet.source[:16], packet.destination[:16]
    if source.startswith(MAPPED) and destination.startswith(MAPPED):
        source, destination = source[12:], destination[12:]
    ports, one_way = None, False
    if packet.protocol in (TCP, UDP, SCTP):
        ports = be16(packet.source, 16), be16(packet.destination, 16)
    elif packet.icmp:
        kind, code = packet.icmp
        pairs = ICMP_PAIRS if packet.protocol == ICMP else ICMPV6_PAIRS
        both_ways = pairs | {reply: request for request, reply in pairs.items()}
        one_way = kind not in both_ways
        ports = kind, code if one_way else both_ways[kind]
    if not one_way and (destination, ports[::-1] if ports else 0) < (source, ports or 0):
        source, destination = destination, source
        ports = ports and ports[::-1]
    text = bytes(2) + source + destination + bytes([packet.protocol, 0])
    if ports:
        text += struct.pack(">HH", *ports)
    return "1:" + base64.b64encode(hashlib.sha1(text).digest()).decode()

def address_text(address):
    if address.startswith(MAPPED):
        return socket.inet_ntop(socket.AF_INET, address[12:])
    return socket.inet_ntop(socket.AF_INET6, address)


# ---------------------------------------------------------------- R6: direction

ICMP_REQUESTS = {ICMP: {8, 13, 15, 17}, ICMPV6: {128, 130, 133, 135, 139}}
ICMP_REPLIES = {ICMP: {0, 14, 16, 18}, ICMPV6: {129, 131, 134, 136, 140}}

def is_syn(packet):
    return packet.flags & (SYN | ACK) == SYN

def is_synack(packet):
    return packet.flags & (SYN | ACK) == SYN | ACK

def is_group(address):
    """Multicast or broadcast."""
    if address.startswith(MAPPED):
        return address[12] >> 4 == 14 or address[12:] == b"\xff\xff\xff\xff"
    return address[0] == 0xFF

def sender_initiates(packet):
    """(whether the sender of a flow's first packet is the initiator, the rule that says so)"""
    if is_syn(packet):
        return True, "syn"
    if is_synack(packet):
        return False, "synack"
    if packet.protocol in (ICMP, ICMPV6):
        kind = packet.icmp[0] if packet.icmp else None
        if kind in ICMP_REQUESTS[packet.protocol]:
            return True, "icmp"
        if kind in ICMP_REPLIES[packet.protocol]:
            return False, "icmp"
        return True, "first"
    if is_group(packet.destination[:16]):
        return True, "mcast"
    services = SERVICES.get(packet.protocol, set())
    source, destination = be16(packet.source, 16), be16(packet.destination, 16)
    for source_serves, destination_serves in ((source in services, destination in services),
                                              (source < 1024, destination < 1024)):
        if source_serves != destination_serves:
            return destination_serves, "port"
    return True, "first"


# ---------------------------------------------------------------- flows

Seen = collections.namedtuple("Seen", "time side ip_len payload flags")       # a packet, as a part keeps it

class Flow:
    def __init__(self, key, packet):
        self.key = key
        self.first = packet                                     # its number is the flow's
        sender_first, self.dir_source = sender_initiates(packet)
        sender = self.side_of(packet)
        self.initiator = sender if sender_first or self.one_endpoint() else 1 - sender
        self.part = 0
        self.packets = []                                       # of the open part; empty after a cut
        self.part_first = None                                  # number of the open part's first packet
        self.last_number = None
        self.last_time = None                                   # across parts
        self.seen = None                                        # the clock at the last packet
        self.fins = set()                                       # sides that sent FIN
        self.closed = None                                      # fin | rst
        self.close_time = None
        self.syn_seq = {}                                       # side -> sequence number of its SYN

    def one_endpoint(self):
        return self.first.source == self.first.destination

    @staticmethod
    def side_of(packet):
        return LOW if packet.source <= packet.destination else HIGH

    def endpoints(self):
        """(initiator, responder)"""
        pair = sorted((self.first.source, self.first.destination))
        return pair[self.initiator], pair[1 - self.initiator]

    def repeats_syn(self, packet):
        """The sequence number of that side's latest SYN without ACK once more."""
        return self.syn_seq.get(self.side_of(packet)) == packet.seq

class Table:
    """The flows of one unit (R2 to R7). Ended parts go to emit(noticed, flow, end_reason)."""

    def __init__(self, options, emit, notes):
        self.options, self.emit, self.notes = options, emit, notes
        self.flows = {}
        self.earliest = NEVER                                   # no flow expires before the clock passes this
        self.opened = 0

    # R2
    def deadline(self, flow):
        if flow.closed:
            return flow.seen + self.options.linger
        return flow.seen + self.options.idle_timeout if self.options.idle_timeout else NEVER

    def expire(self, number, clock):
        if clock <= self.earliest:
            return
        for flow in [f for f in self.flows.values() if clock > self.deadline(f)]:
            self.end(flow, "idle", number)
        self.earliest = min(map(self.deadline, self.flows.values()), default=NEVER)

    def end(self, flow, reason, noticed):
        if reason in ("idle", "eof"):
            reason = flow.closed or reason                      # R4: what closed it
        self.put_out(flow, reason, noticed)
        del self.flows[flow.key]

    def cut(self, flow, reason, noticed):
        self.put_out(flow, reason, noticed)
        flow.part += 1
        flow.packets = []

    def put_out(self, flow, reason, noticed):
        if flow.packets:                                        # R5: empty parts are never written
            self.emit(noticed, flow, reason)

    # R3; expire() has been called for this packet's number before, which is (a)
    def add(self, key, packet, time, clock):
        flow, number, options = self.flows.get(key), packet.number, self.options
        if flow and self.splits(flow, packet, max(time, flow.last_time)):                       # (b)
            self.end(flow, flow.closed or "fin", number)
            flow = None
        if flow is None:
            flow = self.flows[key] = Flow(key, packet)
        else:
            self.notes["syn_in_open_flow"] += is_syn(packet) and not flow.closed
            self.notes["time_reversed"] += time < flow.last_time
            time = max(time, flow.last_time)
        too_long = flow.packets and time - flow.packets[0].time >= 2**63
        if len(flow.packets) >= options.part_pkts or too_long:                                  # (c)
            self.cut(flow, "forced", number)
        if (flow.packets and not flow.closed and options.active_timeout
                and time - flow.packets[0].time > options.active_timeout):                      # (d)
            self.cut(flow, "active", number)

        if not flow.packets:
            self.opened += 1
            flow.part_first = number
        flow.packets.append(Seen(time, flow.side_of(packet), packet.ip_len, packet.payload, packet.flags))
        flow.last_number, flow.last_time, flow.seen = number, time, clock
        self.flip(flow, packet)
        self.mark_closing(flow, packet, time)
        self.earliest = min(self.earliest, self.deadline(flow))

    # R4
    def splits(self, flow, packet, time):
        if not is_syn(packet) or self.options.tcp_end == "none":
            return False
        if flow.closed:
            return not (flow.repeats_syn(packet) and time - flow.close_time <= SECOND)
        if flow.fins:                                           # half-closed
            return not flow.repeats_syn(packet)
        return False

    def mark_closing(self, flow, packet, time):
        side = flow.side_of(packet)
        if is_syn(packet):
            flow.syn_seq[side] = packet.seq
        if self.options.tcp_end == "none":
            return
        if packet.flags & FIN:
            flow.fins.add(side)
        if not flow.closed:
            flow.closed = "rst" if packet.flags & RST else "fin" if len(flow.fins) == 2 else None
            flow.close_time = time if flow.closed else None

    # R6, the second half
    def flip(self, flow, packet):
        if (flow.part == 0 and 2 <= len(flow.packets) <= 7 and flow.dir_source in ("port", "first")
                and (is_syn(packet) or is_synack(packet))):
            sender = flow.side_of(packet)
            flow.dir_source = "syn" if is_syn(packet) else "synack"
            if not flow.one_endpoint():
                flow.initiator = sender if is_syn(packet) else 1 - sender

    # R7
    def slice_end(self, number):
        options = self.options
        while len(self.flows) > options.max_flows:
            self.end(min(self.flows.values(), key=lambda f: f.last_number), "evicted", number)
        held = sum(len(f.packets) for f in self.flows.values())
        if held > options.max_held_pkts:
            while held * 8 > options.max_held_pkts * 7:
                most = max((f for f in self.flows.values() if f.packets),
                           key=lambda f: (len(f.packets), -f.part_first))
                held -= len(most.packets)
                self.cut(most, "forced", number)

    def finish(self, records_read):
        for flow in list(self.flows.values()):
            self.end(flow, "eof", records_read)


# ---------------------------------------------------------------- features and rows

def windows(packets, window):
    """The non-empty windows of a part (R10): (index or None, packets)"""
    if window is None:
        return [(None, packets)]
    kind, size = window
    start = packets[0].time
    if kind == "first_pkts":
        return [(0, packets[:size])]
    if kind == "first_time":
        return [(0, [p for p in packets if p.time - start < size])]
    found = collections.defaultdict(list)
    for packet in packets:
        found[(packet.time - start) // size].append(packet)
    return sorted(found.items())

def length_bin(length):
    return min(length, 1535) // 16

def gap_bin(ns):
    if ns <= 1:
        return 0
    log = ns.bit_length() - 1
    return min(159, 4 * log + ((ns << 2 >> log) & 3))

def entropy(bins):
    total = len(bins)
    if total == 0:
        return 0.0
    counts = collections.Counter(bins).values()
    return max(0.0, math.log2(total) - math.fsum(c * math.log2(c) for c in counts) / total)

def statistics(values, unit):
    """min, max, mean, population variance; values are integers, `unit` of them make one unit of the result"""
    n, total = len(values), sum(values)
    if n == 0:
        return [0, 0, 0, 0]
    spread = n * sum(v * v for v in values) - total * total
    return [Fraction(min(values), unit), Fraction(max(values), unit),
            Fraction(total, n * unit), Fraction(spread, n * n * unit * unit)]

def features(packets, initiator):
    """The features after `protocol`, in the order of the table."""
    row = {"duration_us": Fraction(packets[-1].time - packets[0].time, 1000)}
    sides = []
    for name, side in (("fwd", initiator), ("bwd", 1 - initiator)):
        mine = [p for p in packets if p.side == side]
        sides.append((name, mine, [b.time - a.time for a, b in zip(mine, mine[1:])]))
    for name, mine, _ in sides:
        row[name + "_pkts"] = len(mine)
        row[name + "_bytes"] = sum(p.ip_len for p in mine)
        row[name + "_payload_bytes"] = sum(p.payload for p in mine)
        row[name + "_payload_pkts"] = sum(p.payload > 0 for p in mine)
    for name, mine, _ in sides:
        for what, value in zip(("min", "max", "mean", "var"), statistics([p.ip_len for p in mine], 1)):
            row[f"{name}_pkt_len_{what}"] = value
    for name, _, gaps in sides:
        for what, value in zip(("min", "max", "mean", "var"), statistics(gaps, 1000)):
            row[f"{name}_iat_{what}_us"] = value
    for name, mine, gaps in sides:
        row[name + "_pkt_len_entropy"] = entropy([length_bin(p.ip_len) for p in mine])
        row[name + "_iat_entropy"] = entropy([gap_bin(g) for g in gaps])
    return row

# The opt-in families, from what mltat-formats(5) says of them; packets are those of one window.

def flags_family(packets, initiator):
    return {f"{name}_{flag}_count": sum(p.flags >> bit & 1 for p in packets if p.side == side)
            for name, side in (("fwd", initiator), ("bwd", 1 - initiator))
            for bit, flag in enumerate(("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"))}

def splt_family(packets, initiator, count):
    row = {}
    for i in range(count):
        packet = packets[i] if i < len(packets) else None
        sign = 1 if packet and packet.side == initiator else -1
        row[f"splt_len_{i + 1}"] = sign * packet.payload if packet else 0
        row[f"splt_iat_{i + 1}_us"] = Fraction(packet.time - packets[i - 1].time, 1000) if packet and i > 0 else 0
    return row

def bursts_family(packets, _):
    bursts, idles = [[packets[0]]], []
    for before, packet in zip(packets, packets[1:]):
        if packet.time - before.time > SECOND // 10:
            bursts.append([])
        bursts[-1].append(packet)
        if packet.time - before.time > SECOND:
            idles.append(packet.time - before.time)
    sizes = [sum(p.ip_len for p in burst) for burst in bursts]
    return {"burst_count": len(bursts),
            "burst_pkts_mean": Fraction(len(packets), len(bursts)), "burst_pkts_max": max(map(len, bursts)),
            "burst_bytes_mean": Fraction(sum(sizes), len(bursts)), "burst_bytes_max": max(sizes),
            "idle_count": len(idles), "idle_mean_us": Fraction(sum(idles), 1000 * max(1, len(idles))),
            "idle_max_us": Fraction(max(idles, default=0), 1000)}

def hist_family(packets, initiator):
    return {f"{name}_payload_hist_{bin}": sum(min(15, p.payload // 96) == bin for p in packets if p.side == side)
            for name, side in (("fwd", initiator), ("bwd", 1 - initiator)) for bin in range(16)}

FAMILIES = {"flags": flags_family, "splt": splt_family, "bursts": bursts_family, "hist": hist_family}

def all_features(packets, initiator, feature_set):
    """mltat30 after `protocol`, and the families of the set behind it."""
    row = features(packets, initiator)
    for family in feature_set[1:]:
        kind, _, count = family.partition(":")
        row |= FAMILIES[kind](packets, initiator, *([int(count)] if count else []))
    return row

def shortest_text(value):
    """C++ std::to_chars(double): the shorter of fixed and scientific, fixed on a tie."""
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()      # repr: the shortest digits
    digits = "".join(map(str, digits))
    power = len(digits) - 1 + exponent
    scientific = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + f"e{power:+03d}"
    if exponent >= 0:
        fixed = str(int(value))                                 # all digits of the exact value
    elif power >= 0:
        fixed = digits[:exponent] + "." + digits[exponent:]
    else:
        fixed = "0." + "0" * (-power - 1) + digits
    return fixed if len(fixed) <= len(scientific) else scientific

def number_text(value):
    """An int, Fraction or float; negative ones are integers."""
    value = float(value)                                        # from a Fraction: correctly rounded
    if value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return shortest_text(value)

def seconds_text(ns):
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    return f"{sign}{ns // SECOND}.{ns % SECOND:09d}"

def row_text(flow, reason, capture, window, packets, options):
    def quoted(text):
        return "null" if text is None else json.dumps(text, ensure_ascii=False)

    def maybe(number):
        return "null" if number is None else str(number)

    source, destination = flow.endpoints()
    members = {
        "flow_id": quoted(f"{siphash24(flow.key + struct.pack('>Q', flow.first.number)):016x}"),
        "capture": quoted(capture),
        "src_ip": quoted(address_text(source[:16])), "src_port": str(be16(source, 16)),
        "dst_ip": quoted(address_text(destination[:16])), "dst_port": str(be16(destination, 16)),
        "protocol": str(flow.first.protocol), "vlan_id": maybe(flow.first.vlan),
        "first_ts": seconds_text(packets[0].time), "last_ts": seconds_text(packets[-1].time),
        "end_reason": quoted(reason), "part": str(flow.part), "window": maybe(window),
        "dir_source": quoted(flow.dir_source), "community_id": quoted(community_id(flow.first)),
        "feature_set": quoted("+".join(options.features) + "/1"),
    }
    for name, value in all_features(packets, flow.initiator, options.features).items():
        members[name] = number_text(value)
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"


# ---------------------------------------------------------------- one unit, and the run

class Run:
    def __init__(self, options):
        self.options = options
        self.read = self.in_flows = self.opened = self.written = 0
        self.skipped, self.notes = collections.Counter(), collections.Counter()

    def unit(self, data, capture, out):
        """Runs one capture; returns the text of its damage, or None."""
        options, records, damage = self.options, [], None
        try:
            for record in read_capture(data):
                records.append(record)
        except Damage as problem:
            damage = str(problem)
        times, clocks = find_times([r.time for r in records], self.notes)
        rows = []                                               # (noticed, part's first number, window, text)

        def emit(noticed, flow, reason):
            self.written += 1
            if options.window and options.window[0] != "every" and flow.part > 0:
                return
            for index, packets in windows(flow.packets, options.window):
                rows.append((noticed, flow.part_first, index or 0,
                             row_text(flow, reason, capture, index, packets, options)))

        table = Table(options, emit, self.notes)
        fragments = Fragments(options.key == "vlan", self.notes)
        for number, record in enumerate(records):
            table.expire(number, clocks[number])
            try:
                packet, key = fragments.place(decode(record, number, self.notes), clocks[number])
                if options.shard and siphash24(key) % options.shard[1] != options.shard[0]:
                    raise Skip("other_shard")
                table.add(key, packet, times[number], clocks[number])
                self.in_flows += 1
                self.notes["fragments"] += packet.piece is not None
            except Skip as reason:
                self.skipped[str(reason)] += 1
            if number % options.slice == options.slice - 1:
                table.slice_end(number)
        table.finish(len(records))
        self.read += len(records)
        self.opened += table.opened
        rows.sort(key=lambda row: row[:3])                      # R8
        for row in rows:
            out.write(row[3] + "\n")
        return damage

    def statistics(self):
        return {"packets_read": self.read, "packets_in_flows": self.in_flows,
                "skipped": dict(sorted(self.skipped.items())), "flows_opened": self.opened,
                "flows_written": self.written, "notes": dict(sorted(self.notes.items()))}

def capture_name(path):
    """The last folder and the file name, as given."""
    return "/".join([piece for piece in path.split("/") if piece][-2:])

def duration(text):
    match = re.fullmatch(r"(\d+)(ns|us|ms|s|m|h)|0", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no duration")
    unit = {"ns": 1, "us": 1000, "ms": 10**6, "s": SECOND, "m": 60 * SECOND, "h": HOUR}
    return int(match[1]) * unit[match[2]] if match[1] else 0

def window_option(text):
    kind, _, size = text.partition(":")
    if text == "flow":
        return None
    if kind == "first" and size.isdigit() and int(size) > 0:
        return "first_pkts", int(size)
    if kind in ("first", "every") and duration(size) > 0:
        return {"first": "first_time", "every": "every"}[kind], duration(size)
    raise argparse.ArgumentTypeError(f"'{text}' is no window")

def shard_option(text):
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(f"'{text}' is no K/N with K < N")
    return int(match[1]), int(match[2])

def features_option(text):
    names = text.split(",")
    if names[0] != "mltat30" or not all(re.fullmatch(r"flags|bursts|hist|splt:\d+", name) for name in names[1:]):
        raise argparse.ArgumentTypeError(f"'{text}' is no feature set")
    return names

def parse_options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--idle-timeout", type=duration, default=120 * SECOND)
    parser.add_argument("--active-timeout", type=duration, default=1800 * SECOND)
    parser.add_argument("--linger", type=duration, default=15 * SECOND)
    parser.add_argument("--tcp-end", choices=("fin", "none"), default="fin")
    parser.add_argument("--max-flows", type=int, default=4194304)
    parser.add_argument("--max-held-pkts", type=int, default=134217728)
    parser.add_argument("--shard", type=shard_option)
    parser.add_argument("--key", choices=("vlan",))
    parser.add_argument("--capture", help="names standard input")
    parser.add_argument("--window", type=window_option)
    parser.add_argument("--features", type=features_option, default=["mltat30"])
    parser.add_argument("--slice", type=int, default=4096, help="records between two looks at the limits")
    parser.add_argument("--part-pkts", type=int, default=1000000, help="packets that fill a part")
    parser.add_argument("--stats", metavar="FILE")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("files", nargs="*", metavar="FILE")
    return parser.parse_args(arguments)

def main():
    options = parse_options()
    if options.self_test:
        return self_test()
    files = options.files or ["-"]
    names = [options.capture if path == "-" else capture_name(path) for path in files]
    if len(set(names)) < len(names):
        print("two inputs have one name", file=sys.stderr)
        return 64
    run, status = Run(options), 0
    for path, name in zip(files, names):
        with open(0 if path == "-" else path, "rb") as file:
            data = file.read()
        if not data:
            print(f"{path}: empty input", file=sys.stderr)
        damage = run.unit(data, name, sys.stdout)
        if damage:
            print(f"{path}: {damage}", file=sys.stderr)
            status = 65
            break
    if run.read and not run.in_flows and not run.skipped["other_shard"]:
        print(f"no packet used: {dict(run.skipped)}", file=sys.stderr)
        status = 65
    if options.stats:
        with open(options.stats, "w") as file:
            json.dump(run.statistics(), file)
            file.write("\n")
    assert run.read == run.in_flows + sum(run.skipped.values()) and run.opened == run.written
    return status


# ---------------------------------------------------------------- self test

def self_test():
    def check(what, found, expected):
        if found != expected:
            sys.exit(f"self test: {what}: {found!r} is not {expected!r}")

    check("siphash", siphash24(bytes(range(15)), bytes(range(16))), 0xA129CA6149BE45E5)
    check("siphash of nothing", siphash24(b"", bytes(range(16))), 0x726FDB47DD0E0E31)

    def packet(source, destination, protocol, source_port=0, destination_port=0, icmp=None):
        def endpoint(address, port):
            raw = (socket.inet_pton(socket.AF_INET6, address) if ":" in address
                   else MAPPED + socket.inet_aton(address))
            return raw + struct.pack(">H", port)
        return Packet(endpoint(source, source_port), endpoint(destination, destination_port),
                      protocol, None, 0, 0, 0, 0, icmp, 0)

    for first, expected in (
            (packet("66.35.250.204", "128.232.110.120", TCP, 80, 34855), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
            (packet("128.232.110.120", "66.35.250.204", TCP, 34855, 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
            (packet("192.168.1.52", "8.8.8.8", UDP, 54585, 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
            (packet("192.168.0.89", "192.168.0.1", ICMP, icmp=(8, 0)), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
            (packet("192.168.0.1", "192.168.0.89", ICMP, icmp=(0, 0)), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=")):
        check("community id", community_id(first), expected)

    for value, text in ((0, "0"), (1500, "1500"), (100000, "100000"), (Fraction(1, 3), "0.3333333333333333"),
                        (0.0001, "1e-04"), (0.001, "0.001"), (0.00012, "0.00012"), (1.5e20, "1.5e+20"),
                        (2.0**60, "1152921504606846976"), (2.0**53, "9007199254740992"), (1e22, "1e+22"),
                        (1.25e-7, "1.25e-07"), (1.5, "1.5"), (1e100, "1e+100")):
        check("number", number_text(value), text)
    check("seconds", seconds_text(1500000001), "1.500000001")
    for ns, expected in ((0, 0), (1, 0), (2, 4), (3, 6), (4, 8), (5, 9), (7, 11), (8, 12), (2**60, 159)):
        check(f"gap bin of {ns}", gap_bin(ns), expected)

    def times(*seconds):
        notes = collections.Counter()
        found, _ = find_times([s * SECOND for s in seconds], notes)
        return [t // SECOND for t in found], notes["wild_clock"]

    check("a wild record", times(0, 9000, 1), ([0, 0, 1], 1))
    check("a true jump", times(0, 9000, 9001), ([0, 9000, 9001], 0))
    check("half way is not nearer", times(0, 9000, 4500), ([0, 9000, 4500], 0))
    check("the last record stands", times(0, 9000), ([0, 9000], 0))
    check("a wild first record", times(9000, 1, 2), ([1, 1, 2], 1))
    check("an hour is no jump", times(3601, 1, 3601), ([3601, 1, 3601], 0))

    shared = os.environ.get("MLTAT_SHARED")
    if shared:
        with open(os.path.join(shared, "ports.csv"), newline="") as file:
            listed = {(line["protocol"], int(line["port"])) for line in csv.DictReader(file)}
        mine = {(name, port) for name, number in (("tcp", TCP), ("udp", UDP)) for port in SERVICES[number]}
        check("service ports", mine ^ listed, set())
    print("self test passed" + ("" if shared else " (MLTAT_SHARED not set: ports.csv not compared)"))
    return 0

if __name__ == "__main__":
    sys.exit(main())
