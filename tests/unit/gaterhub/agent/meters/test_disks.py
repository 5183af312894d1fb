from gaterhub.agent.host import Filesystem
from gaterhub.agent.meters.disks import DiskMeter, filesystem_readings
from tests.unit.gaterhub.agent.fakes import Clock


def counters(**changes: float) -> dict[str, float]:
    return {"read_count": 0, "write_count": 0, "read_bytes": 0, "write_bytes": 0, "busy_time": 0} | changes


class TestFilesystemReadings:
    def test_count_what_is_kept_for_root_as_neither_used_nor_free(self) -> None:
        filesystem = Filesystem("/var/my data", "/dev/sda1", "ext4", 1_000, 450, 450, 100, 75)

        (reading,) = filesystem_readings(lambda: [filesystem])

        assert reading.topic == "performance_metrics:disk:/var/my_data"
        assert reading.data == {
            "mountpoint": "/var/my data",
            "device": "/dev/sda1",
            "filesystem": "ext4",
            "utilisation_ratio": 0.5,
            "total_bytes": 1_000,
            "used_bytes": 450,
            "free_bytes": 450,
            "inode_utilisation_ratio": 0.25,
        }

    def test_leave_inodes_out_where_none_are_counted(self) -> None:
        (reading,) = filesystem_readings(lambda: [Filesystem("/", "", "btrfs", 10, 5, 5, 0, 0)])

        assert "inode_utilisation_ratio" not in reading.data


class TestDiskMeter:
    def test_tells_each_disk_and_all_together(self) -> None:
        clock = Clock()
        disks = {"sda": counters(), "nvme0n1": counters(read_bytes=100)}
        meter = DiskMeter(counters=lambda: dict(disks), clock=clock)
        assert meter.sample() == []
        disks["sda"] = counters(write_bytes=2_048, write_count=4, busy_time=500)
        disks["nvme0n1"] = counters(read_bytes=1_124, read_count=2)
        clock.move(2)

        sda, nvme, total = meter.sample()

        assert sda.topic == "performance_metrics:disk_io:sda"
        assert sda.data == {
            "device": "sda",
            "read_bytes_per_second": 0,
            "written_bytes_per_second": 1_024,
            "reads_per_second": 0,
            "writes_per_second": 2,
            "busy_ratio": 0.25,
        }
        assert nvme.data["read_bytes_per_second"] == 512
        assert total.topic == "throughput_stats:disk"
        assert total.data == {
            "service": "disk",
            "devices": 2,
            "read_bytes_per_second": 512,
            "written_bytes_per_second": 1_024,
            "reads_per_second": 1,
            "writes_per_second": 2,
        }

    def test_begins_anew_with_a_disk_that_was_pulled(self) -> None:
        clock = Clock()
        disks = {"sda": counters(), "sdb": counters(read_bytes=10**9)}
        meter = DiskMeter(counters=lambda: dict(disks), clock=clock)
        meter.sample()
        pulled = disks.pop("sdb")
        clock.move(1)
        meter.sample()
        disks["sdb"] = pulled
        clock.move(1)

        assert [each.topic for each in meter.sample()] == [
            "performance_metrics:disk_io:sda",
            "throughput_stats:disk",
        ]
