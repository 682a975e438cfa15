"""The title strip: what is being tested, and through which microphone and loudspeaker."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QHBoxLayout, QLabel, QWidget

from app.core.events import DeviceSide
from app.session.messages import InputChoice, InputKind, OutputKind
from app.ui.theme import XS, L, M, S, Theme
from app.ui.vm.console import ConsoleViewModel
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import Elided
from app.ui.widgets.meter import Meter
from app.ui.widgets.picker import Picker
from app.ui.widgets.recording import RecordingButton

DEVICES_ONLY = "A session that runs goes from device to device only"
NO_DEVICE = "This session uses no device here; another can be chosen once it has ended"
SOUND_FILES = "Sound files (*.wav *.flac *.ogg *.mp3);;All files (*)"


def fill(box: QComboBox, titles: list[str], index: int) -> None:
    """Show ``titles`` with one chosen; nothing is emitted, an open list is not disturbed."""
    with QSignalBlocker(box):
        if [box.itemText(row) for row in range(box.count())] != titles:
            box.clear()
            box.addItems(titles)
        box.setCurrentIndex(index)


def allow(box: QComboBox, allowed: Sequence[bool], why: str) -> None:
    """Let only some entries be chosen; the others say why on hover."""
    model = box.model()
    if not isinstance(model, QStandardItemModel):
        return
    for row, choosable in enumerate(allowed):
        item = model.item(row)
        if item.isEnabled() is not choosable:
            item.setEnabled(choosable)
            item.setToolTip("" if choosable else why)


class HeaderPane(QWidget):
    """Pickers and meters. Changes apply from the next session on."""

    def __init__(self, vm: ConsoleViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._frames = frames
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = Picker("Model", "What is being tested")
        self.model.setObjectName("model")
        self.microphone = Picker("Microphone", "What is sent: a device, sound files or silence")
        self.speaker = Picker("Loudspeaker", "Where the reply is played")
        self.summary = Elided("muted")
        self.recording = RecordingButton(vm.accounts.privacy, theme)
        self.input_meter = Meter("Microphone level", "you", theme)
        self.output_meter = Meter("Loudspeaker level", "model", theme)
        self._icons = {"mic": QLabel(), "speaker": QLabel()}
        self._lost: dict[str, bool] = {}
        self._arrange()
        self.model.activated.connect(self._choose_model)
        self.microphone.activated.connect(self._choose_microphone)
        self.speaker.activated.connect(self._choose_speaker)
        vm.setup.changed.connect(self.refresh)
        vm.changes.changed.connect(self.refresh)
        vm.live.changed.connect(self._live_changed)
        vm.notices.changed.connect(self._show_lost)
        vm.meters.changed.connect(self._meters_moved)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.refresh()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(L, S, L, S)
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(XS)
        grid.addWidget(self.model, 0, 0)
        below = QHBoxLayout()
        below.setSpacing(S)
        below.addWidget(self.recording)
        below.addWidget(self.summary, 1)
        grid.addLayout(below, 1, 0)
        grid.setColumnMinimumWidth(1, M)
        pairs = (
            ("mic", self.microphone, self.input_meter),
            ("speaker", self.speaker, self.output_meter),
        )
        for column, (name, picker, meter) in zip((2, 5), pairs, strict=True):
            grid.addWidget(self._icons[name], 0, column)
            grid.addWidget(picker, 0, column + 1)
            grid.addWidget(meter, 1, column + 1)
            grid.setColumnStretch(column + 1, 3)
        grid.setColumnMinimumWidth(4, S)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(1, 2)

    def refresh(self) -> None:
        """Show the choices as they are."""
        setup = self._vm.setup
        fill(
            self.model,
            [each.label for each in setup.options],
            [each.model_id for each in setup.options].index(setup.option.model_id),
        )
        if setup.option.target is not None:
            self.model.setItemText(self.model.currentIndex(), setup.option.label)
        fill(
            self.microphone,
            [each.title for each in setup.microphones],
            [each.choice for each in setup.microphones].index(setup.input),
        )
        fill(
            self.speaker,
            [each.title for each in setup.speakers],
            [each.choice for each in setup.speakers].index(setup.output),
        )
        for row, each in enumerate(setup.options):
            self.model.setItemData(row, each.notes, Qt.ItemDataRole.ToolTipRole)
        self.summary.say(setup.summary)
        self._allow()
        self._show_lost()

    def _live_changed(self) -> None:
        if self._vm.live.view.live is self.model.isEnabled():
            self._allow()

    def _allow(self) -> None:
        """Let be chosen what can be now: while a session runs, other devices."""
        vm, live = self._vm, self._vm.live.view.live
        self.model.setEnabled(not live)
        self.microphone.setEnabled(not live or vm.changes.from_device)
        self.speaker.setEnabled(not live or vm.changes.to_device)
        inputs = [each.choice for each in vm.setup.microphones]
        from_devices = [each is not None and each.kind is InputKind.DEVICE for each in inputs]
        to_devices = [each.choice.kind is OutputKind.DEVICE for each in vm.setup.speakers]
        running = live and vm.changes.running
        for box, devices in ((self.microphone, from_devices), (self.speaker, to_devices)):
            allow(box, [each or not running for each in devices], DEVICES_ONLY)
            box.explain("" if box.isEnabled() else NO_DEVICE)

    def _show_lost(self) -> None:
        """Warn of a device that is gone until it is back, in words, too."""
        for side, box, name in (
            (DeviceSide.INPUT, self.microphone, "mic"),
            (DeviceSide.OUTPUT, self.speaker, "speaker"),
        ):
            lost = side in self._vm.notices.lost
            box.warn("Lost" if lost else "")
            if lost is not self._lost.get(name, False):
                self._lost[name] = lost
                self._paint_icons()

    def _choose_model(self, row: int) -> None:
        self._vm.choose_model(self._vm.setup.options[row].model_id)

    def _choose_microphone(self, row: int) -> None:
        choice = self._vm.setup.microphones[row].choice
        if choice is None:
            self.choose_files()
        else:
            self._vm.changes.choose_input(choice)
            self.refresh()

    def choose_files(self) -> None:
        """Ask for sound files to speak in place of a microphone, in the order chosen."""
        paths, _filter = QFileDialog.getOpenFileNames(self, "Sound files", "", SOUND_FILES)
        if paths:
            choice = InputChoice(kind=InputKind.FILES, paths=tuple(paths))
            self._vm.changes.choose_input(choice)
        self.refresh()

    def _choose_speaker(self, row: int) -> None:
        self._vm.changes.choose_output(self._vm.setup.speakers[row].choice)
        self.refresh()

    def _meters_moved(self) -> None:
        self._frames.mark(self._draw_meters)

    def _draw_meters(self) -> None:
        self.input_meter.show_level(self._vm.meters.input)
        self.output_meter.show_level(self._vm.meters.output)

    def _paint_icons(self) -> None:
        for name, holder in self._icons.items():
            role = "poor" if self._lost.get(name) else "muted"
            holder.setPixmap(self._theme.icon(name, role).pixmap(18, 18))
