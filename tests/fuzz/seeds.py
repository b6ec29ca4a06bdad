#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzz targets, the same bytes on every run.  usage: seeds.py BIN [OUT]

BIN is the folder of the tools; OUT has a folder for each target, tests/fuzz/seeds unless given. What a run of a fuzzer
found stands beside the seeds as found-*, and is left alone.
All comes from tests/data and from what is spelt out here; a seed is at most 4 KiB long.
"""
import pathlib
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
MOST = 4096


def packets(capture):
    """(seconds, microseconds, original length, frame) of a little-endian PCAP file."""
    place = 24
    while place < len(capture):
        seconds, micros, kept, original = struct.unpack_from("<4I", capture, place)
        yield seconds, micros, original, capture[place + 16 : place + 16 + kept]
        place += 16 + kept


def pcap(order, magic, link, records, extra=b""):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for seconds, fraction, original, frame in records:
        out += struct.pack(order + "4I", seconds, fraction, len(frame), original) + extra + frame
    return out


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def section(order):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order, link, snap, options=b""):
    return block(order, 1, struct.pack(order + "HHI", link, 0, snap) + options)


def enhanced(order, number, time, frame, original=None):
    head = struct.pack(order + "5I", number, time >> 32, time & 0xFFFFFFFF, len(frame), original or len(frame))
    return block(order, 6, head + frame)


def framing():
    records = list(packets((DATA / "mixed.pcap").read_bytes()))
    few = records[:4]
    yield "mixed.pcap", (DATA / "mixed.pcap").read_bytes()
    yield "cut.pcap", (DATA / "cut.pcap").read_bytes()
    yield "dpi.pcap", (DATA / "dpi.pcap").read_bytes()
    yield "nanoseconds.pcap", pcap("<", 0xA1B23C4D, 1, few)
    yield "swapped.pcap", pcap(">", 0xA1B2C3D4, 1, few)
    yield "swapped-nanoseconds.pcap", pcap(">", 0xA1B23C4D, 113, few)
    yield "modified.pcap", pcap("<", 0xA1B2CD34, 1, few, struct.pack("<IHBB", 1, 8, 0, 0))
    yield "wild-clock.pcap", pcap("<", 0xA1B2C3D4, 1, [few[0], (4_000_000_000, 0, 60, few[1][3]), few[2], (1, 5, 60, b"x" * 60)])
    for link in (0, 12, 101, 105, 127, 192, 228, 239, 276, 147):
        yield f"link-{link}.pcap", pcap("<", 0xA1B2C3D4, link, few[:2])
    for name, order in (("little", "<"), ("big", ">")):
        micros = 1_700_000_000_000_000
        whole = section(order) + interface(order, 1, 65535)
        whole += b"".join(enhanced(order, 0, micros + i * 1000, frame) for i, (_, _, _, frame) in enumerate(few))
        yield f"{name}.pcapng", whole
        nano = option(order, 9, b"\x09") + option(order, 14, struct.pack(order + "q", 1_000)) + option(order, 0, b"")
        binary = option(order, 2, b"eth0") + option(order, 9, b"\x8a") + option(order, 0, b"")
        mixed = section(order) + interface(order, 1, 96, nano) + interface(order, 101, 0, binary)
        mixed += interface(order, 127, 65535)
        mixed += block(order, 4, option(order, 1, bytes([10, 0, 0, 1]) + b"host\0") + option(order, 0, b""))
        mixed += enhanced(order, 0, micros * 1000, few[0][3]) + enhanced(order, 1, 1_700_000_000 << 10, few[1][3][14:])
        mixed += block(order, 3, struct.pack(order + "I", len(few[2][3])) + few[2][3])
        mixed += block(order, 2, struct.pack(order + "HHIIII", 0, 0, 0, 5, 60, 60) + b"p" * 60)
        mixed += block(order, 5, struct.pack(order + "3I", 0, 0, 0)) + block(order, 0x80000BAD, b"unknown")
        mixed += enhanced(order, 2, micros, b"\0\0\x08\0\0\0\0\0" + few[0][3])
        yield f"{name}-mixed.pcapng", mixed
    other = "><"
    yield "two-sections.pcapng", b"".join(
        section(o) + interface(o, 1, 65535) + enhanced(o, 0, 1_700_000_000_000_000, few[0][3]) for o in other)


def ipv4(protocol, payload, identification=1, fragment=0, options=b""):
    length = 20 + len(options) + len(payload)
    return struct.pack(">BBHHHBBH", 0x40 | (5 + len(options) // 4), 0, length, identification, fragment, 64, protocol, 0) \
        + bytes([10, 0, 0, 1, 192, 0, 2, 1]) + options + payload


def ipv6(protocol, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x01" \
        + b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x02" + payload


def udp(port, payload):
    return struct.pack(">4H", 40000, port, 8 + len(payload), 0) + payload


def tcp(flags, payload=b""):
    return struct.pack(">HHIIBBHHH", 40001, 443, 7, 0, 5 << 4, flags, 1024, 0, 0) + payload


def wire():
    # The places of the link types in wire.cc.
    (null, ethernet, ppp, raw_12, _, ppp_hdlc, pppoe, raw, cisco, wlan, loop, sll, radiotap, ppi, raw4, raw6, nflog,
     sll2, unsupported) = range(19)
    mac = b"\2\0\0\0\0\1\2\0\0\0\0\2"
    four, six = ipv4(6, tcp(2)), ipv6(17, udp(53, b"query"))
    snap = b"\xaa\xaa\3\0\0\0\x08\0" + four
    data = b"\x08\x01\0\0" + b"\2" * 18 + b"\x10\0"
    ether4, ether6 = mac + b"\x08\0" + four, mac + b"\x86\xdd" + six

    def seed(link, frame, options=0):
        return bytes([link, options]) + frame

    for i, (_, _, _, frame) in enumerate(packets((DATA / "mixed.pcap").read_bytes())):
        if i % 3 == 0:
            yield f"mixed-{i}", seed(ethernet, frame)
    yield "null", seed(null, b"\2\0\0\0" + four)
    yield "ppp", seed(ppp, b"\xff\3\0\x21" + four)
    yield "raw-12", seed(raw_12, six)
    yield "ppp-hdlc", seed(ppp_hdlc, b"\xff\3\0\x57" + six)
    yield "pppoe", seed(pppoe, b"\x11\0\0\1" + struct.pack(">H", 2 + len(four)) + b"\0\x21" + four)
    yield "pppoe-session", seed(ethernet, mac + b"\x88\x64\x11\0\0\1" + struct.pack(">H", 2 + len(four)) + b"\0\x21" + four)
    yield "raw", seed(raw, four)
    yield "cisco", seed(cisco, b"\x0f\0\x08\0" + four)
    yield "wlan", seed(wlan, data + snap)
    yield "radiotap", seed(radiotap, b"\0\0\x08\0\0\0\0\0" + data + snap)
    yield "ppi", seed(ppi, b"\0\0\x08\0" + struct.pack("<I", 105) + data + snap)
    yield "loop", seed(loop, b"\0\0\0\2" + four)
    yield "sll", seed(sll, b"\0\0\0\1\0\6" + b"\2" * 8 + b"\x08\0" + four)
    yield "sll2", seed(sll2, b"\x86\xdd\0\0\0\0\0\1\0\1\0\6" + b"\2" * 8 + six)
    yield "ipv4", seed(raw4, four)
    yield "ipv6", seed(raw6, six)
    yield "nflog", seed(nflog, b"\2\0\0\0" + struct.pack("<HH", 4 + len(four), 9) + four)
    yield "unsupported", seed(unsupported, four)
    yield "vlan", seed(ethernet, mac + b"\x88\xa8\0\x2a\x81\0\0\x2b\x08\0" + four, 1)
    yield "mpls", seed(ethernet, mac + b"\x88\x47\0\0\x10\x40\0\0\x21\x40" + four)
    yield "mpls-ethernet", seed(ethernet, mac + b"\x88\x47\0\0\x11\x40" + b"\0\0\0\0" + ether4)
    yield "llc", seed(ethernet, mac + struct.pack(">H", len(snap)) + snap)
    yield "icmp", seed(raw, ipv4(1, b"\3\3\0\0\0\0\0\0" + four))
    yield "fragment-first", seed(raw, ipv4(17, udp(53, b"x" * 16), 9, 0x2000))
    yield "fragment-later", seed(raw, ipv4(17, b"x" * 24, 9, 3))
    yield "options", seed(raw, ipv4(6, tcp(0x18, b"data"), options=b"\x94\4\0\0\1\1\1\0"))
    yield "no-length", seed(raw, four[:2] + b"\0\0" + four[4:])
    yield "extensions", seed(raw6, ipv6(0, b"\x2b\0\5\2\0\0\0\0" + b"\x3c\0\0\0\0\0\0\0" + b"\x2c\0\1\4\0\0\0\0"
                                        + b"\x33\0\0\1\0\0\0\7" + b"\x06\0\0\0\0\0\0\0" + tcp(2)))
    yield "ah", seed(raw6, ipv6(51, b"\6\4\0\0\0\0\0\1\0\0\0\2" + b"\0" * 12 + tcp(2)))
    yield "jumbo", seed(raw6, ipv6(0, b"")[:4] + b"\0\0" + ipv6(0, b"")[6:] + b"\x11\0\xc2\4\0\0\0\x28" + udp(53, b"x" * 24))
    gre = b"\0\0\x08\0" + four
    yield "gre", seed(raw, ipv4(47, gre), 2)
    yield "gre-key", seed(raw, ipv4(47, b"\xb0\0\x86\xdd\0\0\0\0\0\0\0\1\0\0\0\2" + six), 2)
    yield "gre-ethernet", seed(raw, ipv4(47, b"\0\0\x65\x58" + ether4), 2)
    yield "erspan", seed(raw, ipv4(47, b"\x10\0\x88\xbe\0\0\0\1" + b"\x10\1\0\0\0\0\0\0" + ether4), 2)
    yield "vxlan", seed(raw, ipv4(17, udp(4789, b"\x08\0\0\0\0\0\x2a\0" + ether6)), 2)
    yield "geneve", seed(raw, ipv4(17, udp(6081, b"\1\0\x65\x58\0\0\x2a\0" + b"\0\0\0\0" + ether4)), 2)
    yield "gtp", seed(raw, ipv4(17, udp(2152, b"\x34\xff" + struct.pack(">H", len(four) + 8) + b"\0\0\0\7"
                                        + b"\0\1\0\x85" + b"\1\0\0\0" + four)), 2)
    yield "ipip", seed(raw, ipv4(4, ipv4(41, ipv6(4, four))), 2)
    yield "6in4", seed(ethernet, mac + b"\x08\0" + ipv4(41, six), 3)


def text_lines(text, most=MOST):
    """As many whole lines as fit."""
    return text[: text.rfind(b"\n", 0, most) + 1] if len(text) > most else text


def flow_record(tool):
    few = DATA / "mixed.pcap"
    yield "mixed", text_lines(tool("flowgen", few))
    yield "mixed-csv", text_lines(tool("flowgen", "--format", "csv", few))
    yield "labelled", text_lines(tool("flowgen", "--label-from", "parent", DATA / "pipeline/web/client__1.pcap"))
    yield "labelled-csv", text_lines(
        tool("flowgen", "--format", "csv", "--label-from", "parent", DATA / "pipeline/dns/client__1.pcap"))
    one = tool("flowgen", few).splitlines(True)[0]
    yield "one", one
    yield "dpi", one[:-2] + b',"dpi_proto":"TLS.X","dpi_category":"Web","dpi_confidence":"DPI","dpi_label":null,"sni":"a.example"}\n'
    yield "no-series", text_lines(tool("flowgen", "--series", "none", few))


ODD_CSV = {
    "plain": b"name,a,b,label\nx,1,2,p\ny,.5,-3e-7,q\n",
    "quoted": b'"na""me",a,b\r\n"x, y",1,""\r\n"two\nlines",,0.10\r\n"""",18446744073709551616,1e308\r\n',
    "bom": b"\xef\xbb\xbfname,a\n\n\nx,1",
    "ragged": b"name,a,b\nx,1\ny,1,2,3\n",
    "open-quote": b'name,a\nx,1\n"y,2\n',
    "no-number": b"name,a,b\nx,nan,1\ny,inf,2\nz,0x10,1\n",
    "twice": b"a,b,a\n1,2,3\n",
    "bytes": b"name,a\n\xff\xfe\x00,1\n\xc3\xa9,2\n",
}
ODD_NDJSON = {
    "plain": b'{"name":"x","a":1,"b":2.5,"label":"p"}\n{"name":"y","a":-3e-7,"b":null,"label":"q"}\n',
    "blanks": b' { "name" : "x" , "a" : 1 }  \r\n\n{"a":2,"name":"y"}',
    "escapes": b'{"n\\u00e4me":"\\ud83d\\ude00\\n\\"","a":0.10,"b":18446744073709551616}\n',
    "nested": b'{"name":[1,[2,{"x":[]}]],"a":{"b":{"c":null}},"b":[true,"x,\\"y\\"",1.5]}\n',
    "other-keys": b'{"name":"x","a":1}\n{"name":"y","c":1}\n{}\n',
    "twice": b'{"a":1,"a":2}\n',
    "no-row": b'{"name":"x"}\n[1,2]\n',
    "cut": b'{"name":"x","a":1}\n{"name":"y","a":',
    "bytes": b'{"name":"\xff\xfe","a":1}\n{"name":"\xc3\xa9","a":1e999}\n',
}


def csv(tool):
    yield from ODD_CSV.items()
    yield "featurize", text_lines(tool("featurize", "--format", "csv", DATA / "mixed.pcap"), 2500)


def ndjson(tool):
    yield from ODD_NDJSON.items()
    rows = tool("featurize", "--label-from", "parent", DATA / "pipeline/web/client__1.pcap")
    yield "featurize", text_lines(rows, 2500)


def table(classes, rows=12):
    """Three columns that tell the classes apart, but not quite."""
    state, lines = 1, ["x,y,z,label"]
    for i in range(rows):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        c, noise = i % len(classes), (state >> 40) % 100
        lines.append(f"{c * 10 + noise / 20},{(c * c) * 3 - noise / 50},{noise * 7 % 50},{classes[c]}")
    return "\n".join(lines).encode() + b"\n"


def model(tool):
    two, three = table("pq"), table("pqr")
    small = {"rf": ["--trees", 2, "--max-depth", 2], "adaboost": ["--trees", 2, "--max-depth", 1],
             "gbt": ["--rounds", 2, "--max-leaves", 3], "lr": ["--bins", 3], "svm": ["--bins", 3],
             "c45": ["--max-depth", 2]}

    def train(rows, *options):
        return tool("train", "-q", "--group", "none", "--leave-out", "none", *options, stdin=rows)

    for name, options in small.items():
        yield name, train(three, "-a", name, "--cv", 0, *options)
        yield name + "-two", train(two, "-a", name, "--cv", 0, *options)
    yield "nb", train(two, "-a", "nb", "--bins", 4, "--cv", 0)
    yield "rbf", train(three, "-a", "svm", "--kernel", "rbf", "--cv", 0)
    yield "mlp", train(three, "-a", "mlp", "--hidden", 3, "--hidden2", 2, "--epochs", 2, "--cv", 0)
    for way in ("ovr", "ovo"):
        yield "c45-" + way, train(three, "-a", "c45", "--max-depth", 1, "--multiclass", way, "--cv", 0)
    yield "calibrated", train(three, "-a", "c45", "--calibrate", "--target-precision", .8, "--cv", 2)
    yield "positive", train(three, "-a", "c45", "--positive", "p", "--cv", 0)


def phases(tool):
    for plan in ("paper", "gated"):
        yield plan, tool("cotrain", "--recipe", plan, "--print-phases")
    head = b'{"format":"mltat-phases","version":1,'
    yield "small", head + b'"phases":[{"agree":true,"both":0.5,"either":0.9}],"gate":null,"mass":0.2,' \
                          b'"final":{"vote":[{"algorithm":"nb"}],"overrules":true}}'
    yield "parameters", head + b'"views":[{"name":"a","features":["x*","?y"],"algorithm":"c45",' \
                               b'"parameters":{"cf":0.1}},{"name":"b","algorithm":"mlp","parameters":{"hidden":"16"}}]}'
    yield "nothing", head[:-1] + b"}"


def main(bin_folder, out):
    def tool(name, *options, stdin=b""):
        words = [bin_folder / name, *(str(option) for option in options)]
        return subprocess.run(words, input=stdin, stdout=subprocess.PIPE, check=True).stdout

    targets = {"framing": framing(), "wire": wire(), "flow_record": flow_record(tool), "csv": csv(tool),
               "ndjson": ndjson(tool), "model": model(tool), "phases": phases(tool)}
    for target, seeds in targets.items():
        (out / target).mkdir(parents=True, exist_ok=True)
        for name, seed in seeds:
            if len(seed) > MOST:
                sys.exit(f"seeds.py: error: {target}/{name} has {len(seed)} bytes, {MOST} are the most")
            (out / target / name).write_bytes(seed)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else HERE / "seeds")
