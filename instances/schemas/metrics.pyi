"""The builders of `metrics`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _RegistrationAttempt(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        result: str | None = None,
        source: str | None = None,
        processing_time_ms: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Registration measured. One try to register a subscription, with its result and how long it took.

        Topic: subscription_metrics:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            result: How it ended: ok, or what went wrong.
            source: The part of the program that has measured it.
            processing_time_ms: From asking the store to its answer. Unit: ms.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

registration_attempt: Final[_RegistrationAttempt]

class _SubscriptionMeasured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        events_per_second: float | None = None,
        events_delivered: int | None = None,
        lag_events: int | None = None,
        processing_time_ms: float | None = None,
        window_seconds: float | None = None,
        source: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription measured. How many events a subscription has taken, how fast, and how far it is behind.

        Topic: subscription_metrics:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            events_per_second: How many events its subscriber takes. Unit: events/s.
            events_delivered: All that it was sent since it began. Unit: events.
            lag_events: How many wait to be taken. Unit: events.
            processing_time_ms: How long one event takes on average. Unit: ms.
            window_seconds: Over how long it was measured. Unit: s.
            source: The part of the program that has measured it.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_measured: Final[_SubscriptionMeasured]

class _PerformanceMeasured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        metric: str,
        value: float,
        unit: str | None = None,
        window_seconds: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Performance measured. Any figure of a component that has no type of its own.

        Topic: performance_metrics:{component}

        Args:
            component: A segment of the topic.
            metric: What was measured, such as cache_hit_ratio.
            value: The figure.
            unit: What it is counted in, such as ms, bytes or ratio.
            window_seconds: Over how long it was measured. Unit: s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

performance_measured: Final[_PerformanceMeasured]

class _LatencyMeasured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        duration_ms: float,
        operation: str | None = None,
        outcome: str | None = None,
        percentile: float | None = None,
        samples: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Latency measured. How long a component took for one operation, or usually takes.

        Topic: performance_metrics:{component}

        Args:
            component: A segment of the topic.
            duration_ms: From the question to the answer. Unit: ms.
            operation: What took that long, such as GET /orders.
            outcome: How it ended: ok, or what went wrong.
            percentile: Of which share of all operations it is the longest, such as 99.
            samples: How many operations a percentile was found from.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

latency_measured: Final[_LatencyMeasured]

class _ErrorRateMeasured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        error_ratio: float,
        failed: int | None = None,
        total: int | None = None,
        window_seconds: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Error rate measured. Which share of what a component was asked has failed.

        Topic: performance_metrics:{component}

        Args:
            component: A segment of the topic.
            error_ratio: Failed ones among all. Unit: ratio.
            failed: How many have failed, failed publications among them.
            total: How many there were.
            window_seconds: Over how long it was measured. Unit: s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

error_rate_measured: Final[_ErrorRateMeasured]

class _QueueMeasured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        depth: int,
        queue: str | None = None,
        limit: int | None = None,
        oldest_ms: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Queue measured. How much waits in a component's queue.

        Topic: performance_metrics:{component}

        Args:
            component: A segment of the topic.
            depth: How many wait.
            queue: Which of its queues.
            limit: How many fit.
            oldest_ms: How long the first of them has waited. Unit: ms.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

queue_measured: Final[_QueueMeasured]

class _ResourceUsage(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        processors_used: float | None = None,
        resident_bytes: int | None = None,
        descriptors: int | None = None,
        threads: int | None = None,
        pid: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Resource use. What one component takes of the host that it runs on.

        Topic: performance_metrics:{component}

        Args:
            component: A segment of the topic.
            processors_used: Processor time for each second; two busy threads make 2.
            resident_bytes: Memory that it holds. Unit: bytes.
            descriptors: Open files and sockets.
            threads: How many threads it has.
            pid: The number of its process.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

resource_usage: Final[_ResourceUsage]

class _CapacityMeasured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        used: float,
        limit: float,
        resource: str | None = None,
        unit: str | None = None,
        growth_per_day: float | None = None,
        exhausted_at: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Capacity measured. How much of a limit is in use, and when it will be reached if it goes on like this.

        Topic: performance_metrics:{component}

        Args:
            component: A segment of the topic.
            used: How much is taken.
            limit: How much there is.
            resource: What is limited, such as connections.
            unit: What both are counted in.
            growth_per_day: How much more is taken with each day; negative where it shrinks.
            exhausted_at: When the limit is reached at that pace. In milliseconds since 1970 UTC.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

capacity_measured: Final[_CapacityMeasured]

class _SlaMeasured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        objective: str,
        measured: float,
        met: bool,
        target: float | None = None,
        error_budget_ratio: float | None = None,
        window_seconds: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Service level measured. Whether a service keeps what was promised of it.

        Topic: performance_metrics:{service}

        Args:
            service: A segment of the topic.
            objective: What was promised, such as availability or latency_p99_ms.
            measured: The figure that was found.
            met: Whether the promise was kept.
            target: The figure that was promised.
            error_budget_ratio: Failures still allowed; below 0, too many. Unit: ratio.
            window_seconds: Over how long it was measured. Unit: s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

sla_measured: Final[_SlaMeasured]

class _Throughput(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        events_per_second: float | None = None,
        events_per_second_by_instance: Mapping[str, Any] | None = None,
        requests_per_second: float | None = None,
        window_seconds: float | None = None,
        devices: int | None = None,
        read_bytes_per_second: float | None = None,
        written_bytes_per_second: float | None = None,
        reads_per_second: float | None = None,
        writes_per_second: float | None = None,
        received_bytes_per_second: float | None = None,
        sent_bytes_per_second: float | None = None,
        received_packets_per_second: float | None = None,
        sent_packets_per_second: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Throughput. How much a service, the disks or the network carry.

        Topic: throughput_stats:{service}

        Args:
            service: What carries it: a service, or `disk` or `network` of a host. Also a segment of the topic.
            events_per_second: How many events go through. Unit: events/s.
            events_per_second_by_instance: The hub's events per second, by instance.
            requests_per_second: How many requests are answered. Unit: requests/s.
            window_seconds: Over how long it was measured. Unit: s.
            devices: How many disks were added up.
            read_bytes_per_second: What was read from disk. Unit: bytes/s.
            written_bytes_per_second: What was written to disk. Unit: bytes/s.
            reads_per_second: How many read operations that took. Unit: 1/s.
            writes_per_second: How many write operations that took. Unit: 1/s.
            received_bytes_per_second: What came in from the network. Unit: bytes/s.
            sent_bytes_per_second: What went out to the network. Unit: bytes/s.
            received_packets_per_second: In how many packets it came in. Unit: packets/s.
            sent_packets_per_second: In how many packets it went out. Unit: packets/s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

throughput: Final[_Throughput]

class _CpuUsage(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        utilisation_ratio: float,
        user_ratio: float | None = None,
        system_ratio: float | None = None,
        nice_ratio: float | None = None,
        iowait_ratio: float | None = None,
        irq_ratio: float | None = None,
        softirq_ratio: float | None = None,
        steal_ratio: float | None = None,
        utilisation_ratio_each: Sequence[float] | None = None,
        processors: int | None = None,
        load_1m: float | None = None,
        load_5m: float | None = None,
        load_15m: float | None = None,
        interval_seconds: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Processor use. How busy a host's processors are, and with what.

        Topic: performance_metrics:cpu

        Args:
            utilisation_ratio: The time that all processors together were busy. Unit: ratio.
            user_ratio: Time in programs. Unit: ratio.
            system_ratio: Time in the kernel. Unit: ratio.
            nice_ratio: Time in programs that gave way to others. Unit: ratio.
            iowait_ratio: Idle time in which a disk was waited for. Unit: ratio.
            irq_ratio: Time answering hardware. Unit: ratio.
            softirq_ratio: Time finishing what hardware began, such as network packets. Unit: ratio.
            steal_ratio: Time that the hypervisor gave to other machines. Unit: ratio.
            utilisation_ratio_each: The same for each processor. Unit: ratio.
            processors: How many processors the host has.
            load_1m: Processes that ran or waited, on average over 1 minute.
            load_5m: The same over 5 minutes.
            load_15m: The same over 15 minutes.
            interval_seconds: The time between the two looks. Unit: s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

cpu_usage: Final[_CpuUsage]

class _MemoryUsage(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        utilisation_ratio: float,
        total_bytes: int | None = None,
        available_bytes: int | None = None,
        used_bytes: int | None = None,
        free_bytes: int | None = None,
        active_bytes: int | None = None,
        inactive_bytes: int | None = None,
        buffers_bytes: int | None = None,
        cached_bytes: int | None = None,
        shared_bytes: int | None = None,
        slab_bytes: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Memory use. How much of a host's memory is in use.

        Topic: performance_metrics:memory

        Args:
            utilisation_ratio: What can't be had without swapping; caches count as free. Unit: ratio.
            total_bytes: All memory of the host. Unit: bytes.
            available_bytes: What programs can have without swapping. Unit: bytes.
            used_bytes: Held by programs and the kernel. Unit: bytes.
            free_bytes: Used for nothing at all, not even caches. Unit: bytes.
            active_bytes: Touched lately. Unit: bytes.
            inactive_bytes: Not touched lately, so the first to be given up. Unit: bytes.
            buffers_bytes: The kernel's buffers for disks. Unit: bytes.
            cached_bytes: Contents of files that are kept for the next reader. Unit: bytes.
            shared_bytes: Shared by several processes, tmpfs included. Unit: bytes.
            slab_bytes: The kernel's own small objects. Unit: bytes.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

memory_usage: Final[_MemoryUsage]

class _SwapUsage(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        utilisation_ratio: float,
        total_bytes: int | None = None,
        used_bytes: int | None = None,
        free_bytes: int | None = None,
        swapped_in_bytes_per_second: float | None = None,
        swapped_out_bytes_per_second: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Swap use. How much of a host's memory had to give way to disk.

        Topic: performance_metrics:swap

        Args:
            utilisation_ratio: The share of swap space that is taken. Unit: ratio.
            total_bytes: All swap space of the host. Unit: bytes.
            used_bytes: Taken by memory that gave way. Unit: bytes.
            free_bytes: Swap space that is left. Unit: bytes.
            swapped_in_bytes_per_second: What came back; much of it makes a host slow. Unit: bytes/s.
            swapped_out_bytes_per_second: What gave way. Unit: bytes/s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

swap_usage: Final[_SwapUsage]

class _DiskUsage(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        mount: str,
        utilisation_ratio: float,
        mountpoint: str | None = None,
        device: str | None = None,
        filesystem: str | None = None,
        total_bytes: int | None = None,
        used_bytes: int | None = None,
        free_bytes: int | None = None,
        inode_utilisation_ratio: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Disk use. How full a filesystem is.

        Topic: performance_metrics:disk:{mount}

        Args:
            mount: A segment of the topic.
            utilisation_ratio: Of what an ordinary user may fill, the share that is taken. Unit: ratio.
            mountpoint: Where it is mounted.
            device: The disk or partition that it is on; empty where none is known.
            filesystem: Its kind, such as ext4.
            total_bytes: Its size, with what is kept back for root. Unit: bytes.
            used_bytes: Taken by files. Unit: bytes.
            free_bytes: What an ordinary user may still write. Unit: bytes.
            inode_utilisation_ratio: Files and folders among those it can hold. Unit: ratio.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

disk_usage: Final[_DiskUsage]

class _DiskIo(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        disk: str,
        device: str | None = None,
        read_bytes_per_second: float | None = None,
        written_bytes_per_second: float | None = None,
        reads_per_second: float | None = None,
        writes_per_second: float | None = None,
        busy_ratio: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Disk traffic. What one disk reads and writes.

        Topic: performance_metrics:disk_io:{disk}

        Args:
            disk: A segment of the topic.
            device: The disk by the kernel's name, such as sda.
            read_bytes_per_second: What was read from disk. Unit: bytes/s.
            written_bytes_per_second: What was written to disk. Unit: bytes/s.
            reads_per_second: How many read operations that took. Unit: 1/s.
            writes_per_second: How many write operations that took. Unit: 1/s.
            busy_ratio: The time in which it had something to do. Unit: ratio.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

disk_io: Final[_DiskIo]

class _NetworkInterface(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        nic: str,
        interface: str | None = None,
        received_bytes_per_second: float | None = None,
        sent_bytes_per_second: float | None = None,
        received_packets_per_second: float | None = None,
        sent_packets_per_second: float | None = None,
        receive_errors_per_second: float | None = None,
        send_errors_per_second: float | None = None,
        received_packets_dropped_per_second: float | None = None,
        sent_packets_dropped_per_second: float | None = None,
        up: bool | None = None,
        megabits_per_second: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Network traffic. What one network interface carries, and what it loses.

        Topic: performance_metrics:network:{nic}

        Args:
            nic: A segment of the topic.
            interface: The interface by the kernel's name, such as eth0.
            received_bytes_per_second: What came in from the network. Unit: bytes/s.
            sent_bytes_per_second: What went out to the network. Unit: bytes/s.
            received_packets_per_second: In how many packets it came in. Unit: packets/s.
            sent_packets_per_second: In how many packets it went out. Unit: packets/s.
            receive_errors_per_second: Damaged packets. Unit: packets/s.
            send_errors_per_second: Packets that could not be sent. Unit: packets/s.
            received_packets_dropped_per_second: Packets that nobody took in time. Unit: packets/s.
            sent_packets_dropped_per_second: Packets given up before they were sent. Unit: packets/s.
            up: Whether it is switched on.
            megabits_per_second: The speed of its link. Unit: Mbit/s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

network_interface: Final[_NetworkInterface]
