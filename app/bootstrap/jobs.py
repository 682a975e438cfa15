"""The longer work of the measuring engine: verifying, listing, comparing, calibrating.

What does it is loaded when it is first asked for: numerical libraries take a second, and an
engine that only talks never needs them.
"""

import uuid

from app.providers.catalogue import Catalogue
from app.session.jobs import JobRequest, Tell
from app.session.messages import (
    CalibrationKind,
    CalibrationReport,
    CompareSessions,
    ExportSessions,
    ImportBundle,
    InputChoice,
    ListSessions,
    OutputChoice,
    StartBattery,
    StartCalibration,
    StartMicTest,
    StartSweep,
    VerifySession,
)
from app.session.parts import SessionParts


class Jobs:
    """Does what ``EngineService`` is asked for beside its session: a ``RunJob``.

    Args:
        parts: The outside world of a session.
        known: The catalogue, which knows the simulator.
    """

    def __init__(self, parts: SessionParts, known: Catalogue) -> None:
        self._parts = parts
        self._known = known

    async def __call__(self, request: JobRequest, tell: Tell) -> None:
        """Do ``request`` and tell its result.

        Raises:
            AppError: If it cannot be done.
        """
        match request:
            case VerifySession():
                await self._verify(request, tell)
            case ListSessions() | CompareSessions():
                await self._compare(request, tell)
            case StartCalibration(kind=CalibrationKind.ENGINE):
                await self._calibrate_engine(request, tell)
            case StartCalibration():
                await self._calibrate_devices(request, tell)
            case StartMicTest() | StartBattery() | StartSweep():
                await self._try(request, tell)
            case ExportSessions() | ImportBundle():
                await self._hand_over(request, tell)

    async def _try(self, request: StartMicTest | StartBattery | StartSweep, tell: Tell) -> None:
        match request:
            case StartMicTest():
                from app.trials.mic_test import run_mic_test  # noqa: PLC0415

                await run_mic_test(self._parts, request, tell)
            case StartBattery():
                from app.bootstrap.battery import battery_ports  # noqa: PLC0415
                from app.trials.battery import run_battery  # noqa: PLC0415

                await run_battery(battery_ports(self._parts), request, tell)
            case StartSweep():
                from app.bootstrap.battery import battery_ports  # noqa: PLC0415
                from app.trials.sweep import run_sweep  # noqa: PLC0415

                await run_sweep(battery_ports(self._parts), request, tell)

    async def _hand_over(self, request: ExportSessions | ImportBundle, tell: Tell) -> None:
        from app.bootstrap.exporting import export_sessions, import_bundle  # noqa: PLC0415

        if isinstance(request, ExportSessions):
            await export_sessions(self._parts, request.wish, tell)
        else:
            await import_bundle(self._parts, request, tell)

    async def _verify(self, request: VerifySession, tell: Tell) -> None:
        from app.trials.verifying import Verifying  # noqa: PLC0415

        parts = self._parts
        await Verifying(parts.reader, parts.aside, parts.make_activity).run(request, tell)

    async def _compare(self, request: ListSessions | CompareSessions, tell: Tell) -> None:
        from app.trials.comparing import SessionJobs  # noqa: PLC0415

        jobs = SessionJobs(self._parts.reader, self._parts.aside)
        if isinstance(request, ListSessions):
            await jobs.list_sessions(request, tell)
        else:
            await jobs.compare(request, tell)

    async def _calibrate_engine(self, request: StartCalibration, tell: Tell) -> None:
        from app.bootstrap.calibrate import engine_trial_ports  # noqa: PLC0415
        from app.trials.calibrating import calibrate_engine  # noqa: PLC0415
        from app.trials.calibrating_plan import Extent, with_latency_turns  # noqa: PLC0415

        extent = Extent() if request.turns is None else with_latency_turns(request.turns)
        ports = engine_trial_ports(self._parts, self._known)
        trials = await calibrate_engine(ports, tell, extent=extent)
        tell(CalibrationReport(rows=trials.rows, engine=trials.engine))
        self._parts.calibrations.add(trials.engine)

    async def _calibrate_devices(self, request: StartCalibration, tell: Tell) -> None:
        from app.trials.devices import calibrate_devices, device_trial_ports  # noqa: PLC0415

        report = await calibrate_devices(
            device_trial_ports(self._parts, lambda: f"cal_{uuid.uuid4().hex}"),
            tell,
            microphone=_device(request.input),
            loudspeaker=_device(request.output),
            chirps=request.turns,
        )
        tell(report)
        if report.devices is not None:
            self._parts.calibrations.add(report.devices)


def _device(choice: InputChoice | OutputChoice | None) -> str | None:
    return None if choice is None else choice.device
