# SPDX-License-Identifier: Apache-2.0
"""A network of its own for a cluster: an address for each instance, a bridge for each zone, and links that can be cut or made bad.

    instance (a network namespace) -- bridge of its zone -- trunk -- bridge `core`, where clients, etcd, S3 and memcached are

All of it stands in a private namespace (enter()), so nothing is left behind and nobody else's network is touched. Links are cut by taking them off
their bridge: packets vanish without a word, as behind a broken switch. Bad links are made by relay.py, as not every kernel has netem.
"""
import os
import pathlib
import subprocess
import sys

INSIDE = "KVASIR_FAULTS_INSIDE"
CORE = "10.77.0.1"
HERE = pathlib.Path(__file__).resolve().parent
PROBE = "ip link add core type bridge && ip link add left type veth peer name right && mount -t tmpfs tmpfs /run && ip netns add x && test -w /dev/net/tun"


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def enter():
    """Runs this program again with networks, mounts and processes of its own, which all end with it; 77 (skipped) where the system has none."""
    if INSIDE in os.environ:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)  # `ip netns` keeps its names there.
        ip("link", "set", "lo", "up")
        return
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command += [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    probe = subprocess.run(command + ["sh", "-c", PROBE], capture_output=True, text=True)
    if probe.returncode != 0:
        print(f"skipped: no network namespaces, bridges or taps here ({probe.stderr.strip()})")
        sys.exit(77)
    os.environ[INSIDE] = "1"
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"
    os.execvp(command[0], command + [sys.executable, *sys.argv])


class Network:
    def __init__(self, zones):
        self.zones, self.ports, self.relays, self.cut_off = zones, {}, {}, set()
        self.bridge("core")
        ip("address", "add", f"{CORE}/16", "dev", "core")
        for zone in zones:
            self.bridge(f"zone-{zone}")
            ip("link", "add", f"{zone}-core", "type", "veth", "peer", "name", f"core-{zone}")
            self.plug(f"{zone}-core", f"zone-{zone}")
            self.plug(f"core-{zone}", "core")

    @staticmethod
    def bridge(name):
        ip("link", "add", name, "type", "bridge")
        ip("link", "set", name, "up")

    @staticmethod
    def plug(link, bridge):
        ip("link", "set", link, "master", bridge, "up")

    @staticmethod
    def unplug(link):
        ip("link", "set", link, "nomaster")

    def add(self, name, zone):
        """A namespace `name` in a zone; its address."""
        number = len(self.ports) + 1
        address, port = f"10.77.{self.zones.index(zone) + 1}.{number}", f"port{number}"
        ip("netns", "add", name)
        ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("-n", name, "address", "add", f"{address}/16", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        ip("-n", name, "link", "set", "lo", "up")
        self.ports[name] = port, f"zone-{zone}"
        self.plug(*self.ports[name])
        return address

    @staticmethod
    def command(name):
        """What stands before a command that runs in a namespace."""
        return ["ip", "netns", "exec", name]

    def cut(self, name):
        """An instance, or a zone, is alone from now on."""
        self.cut_off.add(name)
        self.unplug(f"core-{name}" if name in self.zones else self.ports[name][0])

    def mend(self, name):
        self.cut_off.discard(name)
        self.plug(f"core-{name}", "core") if name in self.zones else self.plug(*self.ports[name])

    def disturb(self, zone, delay_ms, loss, seed):
        """What goes between a zone and all others takes longer, each packet by a random part of delay_ms more, and some of it (0..1) is lost."""
        relay = subprocess.Popen([sys.executable, HERE / "relay.py", f"{zone}-tap", f"tap-{zone}", str(delay_ms), str(loss), str(seed)],
                                 stdout=subprocess.PIPE, text=True)
        assert relay.stdout.readline() == "ready\n", "the relay does not start"
        self.relays[zone] = relay
        self.cut(zone)  # Before there is a second way: two would be a circle, in which packets go round for ever.
        self.plug(f"{zone}-tap", f"zone-{zone}")
        self.plug(f"tap-{zone}", "core")

    def calm(self, zone):
        relay = self.relays.pop(zone)
        relay.kill()
        relay.wait()
        self.mend(zone)

    def heal(self):
        for zone in list(self.relays):
            self.calm(zone)
        for name in list(self.cut_off):
            self.mend(name)
