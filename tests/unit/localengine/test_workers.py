import asyncio
import threading

import pytest

from app.core.errors import EngineError
from app.localengine.workers import Worker


def test_jobs_run_one_after_the_other_in_a_thread_of_their_own() -> None:
    async def main() -> list[tuple[int, str]]:
        worker = Worker("jobs")
        try:
            jobs = [worker.submit(_number, n) for n in range(5)]
            return [await job for job in jobs]
        finally:
            await worker.close()

    results = asyncio.run(main())

    assert [number for number, _ in results] == [0, 1, 2, 3, 4]
    assert len({name for _, name in results}) == 1
    assert results[0][1] != threading.current_thread().name


def _number(number: int) -> tuple[int, str]:
    return number, threading.current_thread().name


def test_a_full_queue_refuses_and_counts() -> None:
    async def main() -> tuple[int, int]:
        worker, gate = Worker("busy", most_pending=2), threading.Event()
        jobs = [worker.submit(gate.wait, 5) for _ in range(2)]
        with pytest.raises(EngineError, match="too busy"):
            worker.submit(gate.wait, 5)
        gate.set()
        await asyncio.gather(*jobs)
        await worker.close()
        return worker.refused, worker.pending

    assert asyncio.run(main()) == (1, 0)


def test_a_cancelled_job_that_waits_is_never_run() -> None:
    async def main() -> list[str]:
        worker, gate, ran = Worker("cancel"), threading.Event(), list[str]()
        first = worker.submit(gate.wait, 5)
        second = worker.submit(ran.append, "second")
        second.cancel()
        await asyncio.sleep(0)  # the loop tells the worker's side of it
        gate.set()
        await first
        await worker.close()
        return ran

    assert asyncio.run(main()) == []


def test_a_closed_worker_says_so() -> None:
    async def main() -> None:
        worker = Worker("closed")
        await worker.close()
        await worker.close()
        with pytest.raises(EngineError, match="closed"):
            worker.submit(int)

    asyncio.run(main())


def test_what_a_job_raises_reaches_who_waits() -> None:
    async def main() -> None:
        worker = Worker("fails")
        with pytest.raises(ZeroDivisionError):
            await worker.submit(lambda: 1 // 0)
        await worker.close()

    asyncio.run(main())
