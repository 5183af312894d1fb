import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from gaterhub.agent import host


def partition(mountpoint: str, device: str, fstype: str = "ext4") -> SimpleNamespace:
    return SimpleNamespace(mountpoint=mountpoint, device=device, fstype=fstype)


def io(**fields: int) -> SimpleNamespace:
    values = {"read_count": 0, "write_count": 0} | fields
    return SimpleNamespace(**values, _asdict=lambda: values)


class TestFilesystems:
    def test_count_a_device_once_at_its_shortest_mountpoint(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        mounted = [
            partition(str(tmp_path), "/dev/sda1"),
            partition("/", "/dev/sda1"),
            partition("/snap", "/dev/loop0", "squashfs"),
        ]
        monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounted)

        assert [each.mountpoint for each in host.filesystems()] == ["/"]

    def test_always_have_the_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a container it is an overlay, and on no list of disks."""
        monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [])

        (root,) = host.filesystems()

        assert (root.mountpoint, root.total_bytes) == (
            "/",
            os.statvfs("/").f_blocks * os.statvfs("/").f_frsize,
        )

    def test_pass_over_one_that_cannot_be_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = [partition("/", "/dev/sda1"), partition("/no/such/mountpoint", "/dev/sdz1")]
        monkeypatch.setattr(psutil, "disk_partitions", lambda **_: gone)

        assert [each.mountpoint for each in host.filesystems()] == ["/"]


class TestDiskCounters:
    def test_count_whole_disks_that_were_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        busy = io(read_count=1)
        devices = {
            "sda": busy, "sda1": busy, "sda10": busy, "nvme0n1": busy, "nvme0n1p2": busy, "sdab": busy, "loop0": io(),
        }  # fmt: skip
        monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk, nowrap: devices)

        assert list(host.disk_counters()) == ["sda", "nvme0n1", "sdab"]

    def test_are_none_where_the_system_counts_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk, nowrap: None)

        assert host.disk_counters() == {}


class TestLoadAverage:
    def test_is_none_where_the_system_counts_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(os, "getloadavg")

        assert host.load_average() is None
