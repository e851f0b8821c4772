# SPDX-License-Identifier: Apache-2.0
"""What goes wrong. A scenario is a function that breaks something, yields while it is broken, and repairs it; what never stays broken (a rolling
restart) ends without a yield. It gets the cluster, dice of its own, and `say` for what was hit.

`writes`, `reads`: whether a quorum is left, so that they must go on meanwhile. `short`: part of the short campaign. `s3`: needs a real S3 store. `hold`: how
many seconds it stays broken at least, where --hold does not say.
"""
import signal
import types

from cluster import ROLES
from harness import http, wait_until

ALL = {}


def scenario(name, writes=True, reads=True, short=False, s3=False, hold=15):
    def add(function):
        ALL[name] = types.SimpleNamespace(name=name, run=function, writes=writes, reads=reads, short=short, s3=s3, hold=hold,
                                          text=" ".join(function.__doc__.split()))
        return function
    return add


def one_of_each_role(verb, short, act):
    """Scenarios `verb`-ROLE."""
    for role in ROLES:
        def run(cluster, dice, say, role=role):
            victim = dice.choice(cluster.all(role))
            say(victim.name)
            yield from act(victim)
        run.__doc__ = act.__doc__.format(role=role)
        scenario(f"{verb}-{role}", short=role in short)(run)


def kill(victim):
    """Of the {role}s one dies (SIGKILL), and is started again later."""
    victim.kill()
    yield
    victim.start(ready=False)


def pause(victim):
    """Of the {role}s one stops without dying (SIGSTOP): connections stay open, nothing is answered."""
    victim.signal(signal.SIGSTOP)
    yield
    victim.signal(signal.SIGCONT)


one_of_each_role("kill", ("ingester", "query-scheduler", "ruler"), kill)
one_of_each_role("pause", ("ingester",), pause)


@scenario("kill-zone", short=True)
def kill_zone(cluster, dice, say):
    """Every process of a zone dies."""
    zone = dice.choice(cluster.network.zones)
    say(f"zone {zone}")
    for one in cluster.all(zone=zone):
        one.kill()
    yield
    for one in cluster.all(zone=zone):
        one.start(ready=False)


@scenario("partition-zone", short=True)
def partition_zone(cluster, dice, say):
    """A zone is cut off from everything else; its processes live, and see each other."""
    zone = dice.choice(cluster.network.zones)
    say(f"zone {zone}")
    cluster.network.cut(zone)
    yield
    cluster.network.mend(zone)


@scenario("partition-ingester")
def partition_ingester(cluster, dice, say):
    """An ingester alone is cut off."""
    victim = dice.choice(cluster.all("ingester"))
    say(victim.name)
    cluster.network.cut(victim.name)
    yield
    cluster.network.mend(victim.name)


@scenario("slow-zone")
def slow_zone(cluster, dice, say):
    """Every packet from and to a zone takes 50 to 100 ms."""
    zone = dice.choice(cluster.network.zones)
    say(f"zone {zone}")
    cluster.network.disturb(zone, 100, 0, dice.random())
    yield
    cluster.network.calm(zone)


@scenario("lossy-zone")
def lossy_zone(cluster, dice, say):
    """Of the packets from and to a zone a tenth is lost."""
    zone = dice.choice(cluster.network.zones)
    say(f"zone {zone}")
    cluster.network.disturb(zone, 2, 0.1, dice.random())
    yield
    cluster.network.calm(zone)


@scenario("restart-etcd", short=True)
def restart_etcd(cluster, dice, say):
    """etcd is stopped and started again, with what it had."""
    cluster.service("etcd-down", cluster.folder / "etcd")
    yield
    cluster.service("etcd-up", cluster.folder / "etcd", cluster.etcd_port)


@scenario("lose-etcd", hold=600)
def lose_etcd(cluster, dice, say):
    """For ten minutes nothing comes from etcd, and nobody closes a connection."""
    cluster.etcd.set("hang")
    yield
    cluster.etcd.set("pass")


@scenario("lose-memcached")
def lose_memcached(cluster, dice, say):
    """memcached does not answer."""
    cluster.memcached.set("hang")
    yield
    cluster.memcached.set("pass")


@scenario("s3-hangs", reads=False, s3=True)
def s3_hangs(cluster, dice, say):
    """S3 takes requests and never answers."""
    cluster.s3.set("hang")
    yield
    cluster.s3.set("pass")


@scenario("s3-fails", reads=False, s3=True)
def s3_fails(cluster, dice, say):
    """S3 answers every request with 503."""
    cluster.s3.set("fail")
    yield
    cluster.s3.set("pass")


@scenario("full-disk")
def full_disk(cluster, dice, say):
    """An ingester's disk is full."""
    victim = dice.choice(cluster.all("ingester"))
    say(victim.name)
    filler = victim.folder / "data/filler"
    with open(filler, "ab", buffering=0) as f:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    f.write(b"x" * size)
            except OSError:
                pass
    yield
    filler.unlink()


@scenario("wrong-clock")
def wrong_clock(cluster, dice, say):
    """Every process of a zone goes by a clock that is a minute off."""
    zone, off = dice.choice(cluster.network.zones), dice.choice((-60, 60))
    say(f"zone {zone}, {off:+d} s")
    try:
        restart(cluster, zone, LD_PRELOAD="/usr/$LIB/faketime/libfaketimeMT.so.1", FAKETIME=f"{off:+d}s", FAKETIME_DONT_FAKE_MONOTONIC="1",
                DONT_FAKE_MONOTONIC="1")
        yield
    finally:
        restart(cluster, zone, LD_PRELOAD="")


def restart(cluster, zone, **env):
    for one in cluster.all(zone=zone):
        one.stop(60)
        one.env.update(env)
        one.start(ready=False)
    cluster.settle()


@scenario("two-zones", writes=False, reads=False)
def two_zones(cluster, dice, say):
    """The ingesters of two zones die: no quorum is left, and that must be said."""
    victims = dice.sample(cluster.all("ingester"), 2)
    say(", ".join(one.name for one in victims))
    for one in victims:
        one.kill()
    yield
    for one in victims:
        one.start(ready=False)


@scenario("power-cut", writes=False, reads=False, short=True)
def power_cut(cluster, dice, say):
    """Every process dies at once."""
    for one in cluster.all():
        one.kill()
    yield
    for one in cluster.all():
        one.start(ready=False)


@scenario("roll")
def roll(cluster, dice, say):
    """Every process is restarted, one after another, in any order (SIGTERM)."""
    everybody = cluster.all()
    dice.shuffle(everybody)
    for one in everybody:
        one.stop(60)
        one.start(ready=False)
        cluster.settle()
    yield from ()


@scenario("grow-and-shrink")
def grow_and_shrink(cluster, dice, say):
    """Three ingesters become six, and these three again: which leave is chosen anew, one after another, and each hands its data over."""
    number = 1 + max(int(one.name[len("ingester-a"):] or 0) for one in cluster.all("ingester"))
    for zone in cluster.network.zones:
        cluster.add("ingester", zone, number)
    cluster.settle()
    for zone in cluster.network.zones:
        leaver = dice.choice(cluster.all("ingester", zone))
        say(leaver.name)
        assert http(leaver.url("/ingester/prepare-shutdown"), "POST", b"").status == 204
        assert leaver.stop(180) == 0, leaver.log_text()[-3000:]
        del cluster.instances[leaver.name]
        wait_until(lambda: all(cluster.ring_seen_by(one, "ingester") == cluster.members("ingester") for one in cluster.all("querier")), 120,
                   "it to be gone from the ring")
    yield from ()
