#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The live pipe of examples/operations under constant traffic, for minutes or for days.

    soak.py BIN [--minutes N]           3 unless given

In a network namespace with a pair of virtual interfaces: some 16,000 packets and 800 flows a second go into one, `live`
captures on the other, and every ten seconds predict is given another model and told so (SIGHUP). Checked: packets sent
= read, none dropped; flows sent = rows of featurize = of predict = of fuse = lines in the files, all of which are
complete; verdicts of both models are among them; the memory of no process grows. Ends with 77 where no namespace can be
made. Printed: a line a minute, and the figures.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/property"))
import lab                                                              # noqa: E402

INSIDE = "MLTAT_SOAK_IN_NAMESPACE"
FLOWS, PACKETS = 200, 20                # of a burst
BURST_S, RELOAD_S, SLOT_S = 0.25, 10, 20
PORTS = range(1024, 60_000, FLOWS)      # a port comes again long after its flow has ended
START_S = 30
GROWTH_MIB = 4                          # of a process, after the first third
TOOLS = ("featurize", "predict", "fuse")


def enter_namespace():
    """Runs this script again as root of a network of its own."""
    command = ["unshare", "--net", *([] if os.getuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*command, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("skipped: no network namespace can be made here")
        sys.exit(lab.SKIPPED)
    os.execvpe(command[0], [*command, sys.executable, *sys.argv], dict(os.environ, **{INSIDE: "1"}))


def make_models(folder):
    """Two models that differ in the names of their classes."""
    captures = sorted((ROOT / "tests/data/pipeline").glob("*/*.pcap"))
    rows = subprocess.run(["featurize", "--label-from", "parent", *captures], check=True, capture_output=True).stdout
    text = subprocess.run(["train", "-q", "-a", "rf", "--cv", "3"], input=rows, check=True, capture_output=True).stdout
    other = json.loads(text)
    other["classes"] = ["new " + name for name in other["classes"]]
    other["profile"]["classes"] = {"new " + name: one for name, one in other["profile"]["classes"].items()}
    models = [folder / "first", folder / "second"]
    models[0].write_bytes(text)
    models[1].write_text(json.dumps(other) + "\n")
    return models


class Live:
    """The running pipe."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("run", "state", "models"):
            (folder / name).mkdir()
        self.models = make_models(folder)
        self.reloads = -1
        self.change_model()
        places = {"RUNTIME_DIRECTORY": folder / "run", "STATE_DIRECTORY": folder / "state", "MODELS": folder / "models",
                  "ROTATE": f"{SLOT_S}s"}
        self.process = subprocess.Popen([ROOT / "examples/operations/live", "in", "--idle-timeout", "2s"],
                                        env=os.environ | {name: str(value) for name, value in places.items()})
        self.tools = {}
        until = time.monotonic() + START_S
        while len(self.tools) < len(TOOLS) or not self.sealed():
            if self.process.poll() is not None or time.monotonic() > until:
                sys.exit("soak: the pipe does not start")
            time.sleep(0.05)
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            names = {pathlib.Path(f"/proc/{child}/comm").read_text().strip(): child for child in children}
            self.tools = {name: pid for name, pid in names.items() if name in TOOLS}

    def status(self, tool, key):
        return re.search(rf"^{key}:\s*(\d+)", pathlib.Path(f"/proc/{self.tools[tool]}/status").read_text(), re.MULTILINE)[1]

    def sealed(self):
        return all(self.status(tool, "NoNewPrivs") == "1" for tool in TOOLS)

    def memory_mib(self):
        return {tool: int(self.status(tool, "VmRSS")) / 1024 for tool in TOOLS}

    def change_model(self):
        self.reloads += 1
        new = self.folder / "new"
        shutil.copy(self.models[self.reloads % 2], new)
        new.rename(self.folder / "models/model.json")
        if self.reloads:
            self.process.send_signal(signal.SIGHUP)

    def counter(self, tool, name):
        """Of the file that the tool wrote for Prometheus, summed over labels."""
        text = (self.folder / f"run/{tool}.prom").read_text()
        return sum(map(int, re.findall(rf"^mltat_{name}_total{{.*}} (\d+)$", text, re.MULTILINE)))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait()


def soak(live, seconds):
    """Sends bursts at their times; returns how many, and the samples of memory."""
    bursts, samples, start = 0, [], time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        subprocess.run([ROOT / "tests/cli/send_packets", "--interface", "out", "--flows", str(FLOWS), "--packets",
                        str(PACKETS), "--port", str(PORTS[bursts % len(PORTS)])], check=True)
        bursts += 1
        if now >= len(samples):
            samples.append(live.memory_mib())
            if len(samples) % 60 == 0:
                print(f"{len(samples) // 60} min: {bursts * FLOWS * PACKETS} packets sent, MiB: {samples[-1]}", flush=True)
        if now >= (live.reloads + 1) * RELOAD_S:
            live.change_model()
        time.sleep(max(0, start + bursts * BURST_S - time.monotonic()))
    return bursts, samples


def check(live, bursts, samples, verdict):
    sent, flows = bursts * FLOWS * PACKETS, bursts * FLOWS
    files = sorted((live.folder / "state").iterdir())
    lines = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
    answers = collections.Counter(line["verdict"].startswith("new ") for line in lines)
    figures = {"packets sent": (sent, live.counter("featurize", "packets_read")),
               "packets in flows": (sent, live.counter("featurize", "packets_in_flows")),
               "packets dropped": (0, live.counter("featurize", "packets_dropped")),
               "flows written": (flows, live.counter("featurize", "flows_written")),
               "rows of predict": (flows, live.counter("predict", "rows_written")),
               "rows of fuse": (flows, live.counter("fuse", "rows_written")), "lines": (flows, len(lines))}
    for name, (wanted, found) in figures.items():
        if wanted != found:
            verdict.fault(f"{name}: {found}, not {wanted}")
    for file in files:
        if file.suffix == ".part":
            verdict.fault(f"{file.name} is not complete")
    if live.reloads and len(answers) != 2:
        verdict.fault(f"the model did not change: {answers}")
    for tool in TOOLS:
        memory = [sample[tool] for sample in samples]
        early, late = max(memory[:len(memory) // 3]), max(memory[len(memory) // 3:])
        print(f"{tool}: {early:.1f} MiB at most in the first third, {late:.1f} after it")
        if late > early + GROWTH_MIB:
            verdict.fault(f"the memory of {tool} grows")
    verdict.count(packets=sent, flows=flows, files=len(files), reloads=live.reloads, dropped=figures["packets dropped"][1])


def main():
    options = lab.arguments(__doc__, lambda parser: parser.add_argument("--minutes", type=float, default=3))
    if INSIDE not in os.environ:
        enter_namespace()
    os.environ["PATH"] = f"{os.path.abspath(options.bin)}:{os.environ['PATH']}"
    for command in ("ip link add out type veth peer name in", "ip link set out addrgenmode none up",
                    "ip link set in addrgenmode none up"):
        subprocess.run(command.split(), check=True)
    verdict = lab.Verdict()
    with tempfile.TemporaryDirectory() as folder:
        live = Live(pathlib.Path(folder))
        try:
            bursts, samples = soak(live, 60 * options.minutes)
        finally:
            status = live.end()
        if status != 0:
            verdict.fault(f"live: status {status}")
        check(live, bursts, samples, verdict)
    verdict.leave()


if __name__ == "__main__":
    main()
