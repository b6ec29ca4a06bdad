#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damaged and odd capture files: what becomes of each, by both tools.

EXPECT.csv beside the files says in words what is wanted; CASES says it so that a machine can check it.  A row of
EXPECT.csv that is due and has no case here is a fault.  Everything runs with 1 GiB of address space, where the
build bears it (sanitizers do not), so a length that is believed before it is checked fails.

    oracle_framing.py BIN
"""
import csv
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 80)
LIMITED = ("sh", "-c", 'ulimit -v 1048576; exec "$@"', "sh")


def flow(fwd=5, bwd=3, src=CLIENT, dst=SERVER, **more):
    """A flow's packets and ends, and what else its record must say."""
    return {"src_ip": src[0], "src_port": src[1], "dst_ip": dst[0], "dst_port": dst[1],
            "fwd_pkts": fwd, "bwd_pkts": bwd} | more


def case(*flows, status=0, says=(), skipped=None, like=None):
    """says: words of the message. skipped: {reason: packets}. like: the file whose rows this one must have."""
    return {"flows": list(flows), "status": status, "says": says, "skipped": skipped or {}, "like": like}


SAME = case(flow(), like="ok_us_le.pcap")
CASES = {
    "ok_us_le.pcap": case(flow(pkt_iat_us=[0] + [1001000] * 7, end_reason="fin", dir_source="syn")),
    "ok_us_be.pcap": SAME,
    "ok_ns_le.pcap": SAME,
    "ok_ns_be.pcap": SAME,
    "header_only.pcap": case(),
    "short_header.pcap": case(status=65, says=("byte 17", "inside its header")),
    "bad_magic.pcap": case(status=65, says=("neither PCAP nor pcapng",)),
    "text_not_pcap.pcap": case(status=65, says=("text or CSV", "PCAP or pcapng is wanted")),
    "json_not_pcap.pcap": case(status=65, says=("NDJSON", "PCAP or pcapng is wanted")),
    "bad_version.pcap": case(status=65, says=("version 9.9",)),
    "trunc_rec_header.pcap": case(flow(4, 3), status=65, says=("byte 553", "after 7 packets", "record header")),
    "caplen_gt_snaplen.pcap": case(flow(2, 0)),
    "caplen_huge.pcap": case(flow(1, 0), status=65, says=("byte 94", "after 1 packets", "2147483647")),
    "caplen_neg.pcap": case(status=65, says=("byte 24", "4294967295")),
    "caplen_zero.pcap": case(flow(1, 0), skipped={"truncated_header": 3}),
    "caplen_gt_len.pcap": case(flow(1, 1, fwd_bytes=40, fwd_wire_bytes=54)),
    "len_huge.pcap": case(flow(1, 1, fwd_bytes=40, fwd_wire_bytes=2**32 - 1)),
    "ts_equal.pcap": case(flow(pkt_iat_us=[0] * 8)),
    "synack_first.pcap": case(flow(dir_source="synack")),
    "midstream_server_first.pcap": case(flow(2, 1, dir_source="port")),
    "port_reuse.pcap": case(flow(), flow()),
    "single_syn.pcap": case(flow(1, 0)),
    "rst_mid.pcap": case(flow(5, 2, end_reason="rst")),
    "fin_then_last_ack.pcap": case(flow(6, 3, end_reason="fin")),
    "self_talk.pcap": case(flow(2, 0, ("10.0.0.1", 5000), ("10.0.0.1", 5000))),
    "same_host_ports.pcap": case(flow(1, 1, ("10.0.0.1", 5000), ("10.0.0.1", 6000))),
    "ip_total_len_zero_tso.pcap": case(flow(1, 0, fwd_bytes=3040, pkt_payload=[3000])),
    "ihl_4.pcap": case(status=65, says=("1 malformed",), skipped={"malformed": 1}),
    "ihl_15_short.pcap": case(status=65, says=("1 malformed",), skipped={"malformed": 1}),
    "udp_len_7.pcap": case(flow(1, 0, ("10.0.0.1", 1), ("10.0.0.2", 2), fwd_payload_bytes=0)),
    "vlan_bomb.pcap": case(status=65, says=("1 too_deep",), skipped={"too_deep": 1}),
    "ng_be.pcapng": SAME,
    "ng_ns.pcapng": SAME,
    "ng_pow2.pcapng": case(flow(pkt_iat_us=[0] + [1000000] * 7)),
    "ng_bad_iface.pcapng": case(status=65, says=("byte 48", "interface 7")),
    "ng_no_idb.pcapng": case(status=65, says=("byte 28", "interface 0")),
    "ng_blocklen_3.pcapng": case(status=65, says=("byte 48", "3 bytes")),
    "ng_blocklen_mismatch.pcapng": case(status=65, says=("byte 48", "lengths of a block differ")),
    "ng_unknown_block.pcapng": case(flow(1, 0)),
    "concat_two_pcaps.pcap": case(flow(), status=65, says=("byte 623", "after 8 packets", "second file header")),
    "ok.pcap.gz": case(status=65, says=("gzip", "zcat")),
    "lt_raw.pcap": SAME,
    "lt_sll2.pcap": SAME,
    "lt_ipv4.pcap": SAME,
    "ng_two_sections_mixed_endian.pcapng": case(flow(1, 1)),
    "ng_spb.pcapng": case(flow(1, 0, first_ts=0)),
    "modified_kuznetzov.pcap": case(flow(pkt_iat_us=[0] + [1000000] * 7)),
    "gre_bomb.pcap": case(flow(1, 0, ("10.0.0.1", 0), ("10.0.0.2", 0), protocol=47)),
    "ip4_frag_overlap.pcap": case(flow(2, 0, ("10.0.0.1", 1), ("10.0.0.2", 2))),
    "mpls_bomb.pcap": case(status=65, says=("1 too_deep",), skipped={"too_deep": 1}),
    "lt_wifi.pcap": case(status=65, says=("8 malformed",), skipped={"malformed": 8}),
    "lt_user0_unknown.pcap": case(status=65, says=("link type 147", "not supported")),
}


def rows(run):
    return [json.loads(line) for line in run.out.splitlines()]


def comparable(row):
    """A row without the name of its capture and without frame bytes, which other link headers change."""
    return {key: value for key, value in row.items() if key != "capture" and not key.endswith("_wire_bytes")}


def flow_faults(wanted, row):
    for key, value in wanted.items():
        if key in row and row[key] != value:
            yield f"{key} is {row[key]}, expected {value}"


def check_file(tools, tool, folder, name):
    """Texts that say what is wrong."""
    expected = CASES[name]
    run, stats = tools.counted(tool, os.path.join(folder, name))
    found = rows(run)
    if run.status != expected["status"]:
        yield f"status {run.status}, expected {expected['status']}: {run.err.strip()}"
    lines = run.err.splitlines()
    if len(lines) != (1 if expected["says"] else 0):
        yield f"{len(lines)} lines on stderr: {run.err!r}"
    yield from (f"does not say {word!r}: {run.err.strip()}" for word in expected["says"] if word not in run.err)
    if expected["says"] and "none used" not in run.err and name not in run.err:
        yield f"does not name the file: {run.err.strip()}"
    if len(found) != len(expected["flows"]):
        yield f"{len(found)} flows, expected {len(expected['flows'])}"
    for wanted, row in zip(expected["flows"], found):
        yield from flow_faults(wanted, row)
    if expected["like"]:
        same = rows(tools.run(tool, os.path.join(folder, expected["like"])))
        if list(map(comparable, found)) != list(map(comparable, same)):
            yield f"rows differ from those of {expected['like']}"
    if stats is None:                   # refused before a packet was looked for
        if run.status == 0 or found:
            yield "wrote no counters"
        return
    yield from lab.conservation_faults(stats)
    skipped = {reason: count for reason, count in stats["packets_skipped"].items() if count}
    if skipped != expected["skipped"]:
        yield f"skipped {skipped}, expected {expected['skipped']}"
    used = sum(wanted["fwd_pkts"] + wanted["bwd_pkts"] for wanted in expected["flows"])
    if stats["packets_in_flows"] != used:
        yield f"{stats['packets_in_flows']} packets in flows, expected {used}"


def main():
    options = lab.arguments(__doc__)
    (folder,) = lab.shared("oracles/hostile/framing")
    limited = lab.Bin(options.bin, LIMITED)
    tools = limited if limited.run("featurize", "--version").status == 0 else lab.Bin(options.bin)
    verdict = lab.Verdict()
    with open(os.path.join(folder, "EXPECT.csv"), newline="", encoding="utf-8") as file:
        due = list(csv.DictReader(file))
    for row in due:
        name = row["file"]
        if name not in CASES:
            verdict.fault(f"{name}: no case for what EXPECT.csv wants: {row['expected']}")
            continue
        for tool in ("flowgen", "featurize") if row["tool"] == "both" else (row["tool"],):
            faults = [f"{tool} {name}: {text}" for text in check_file(tools, tool, folder, name)]
            verdict.add(faults, {"due": 1, "passed": int(not faults)})
    header = tools.run("featurize", "--format", "csv", os.path.join(folder, "header_only.pcap"))
    if header.out.count(b"\n") != 1 or not header.out.startswith(b"flow_id,"):
        verdict.fault(f"header_only.pcap as CSV is not one header line: {header.out[:80]}")
    verdict.count(files=len(due), with_limited_memory=int(tools is limited))
    verdict.leave()


if __name__ == "__main__":
    main()
