from __future__ import annotations

import irsdk
import pytest

from coach.errors import BadInput, CannotWrite
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.ibt_layout import HEADER_BYTES, VARIABLE_BYTES, unpack_header, unpack_variables
from coach.telemetry.memory_image import BUFFER_STRIDE, BUFFERS_AT, IMAGE_BYTES, VARIABLES_AT, MemoryImage, live_variables
from tests.coach.telemetry.live_writer import session_text
from tests.recordings import RECORDINGS, needs_recordings

REAL = ("w13_monza_live_memory.bin", "skip_barber_longbeach_live_memory.bin")


@pytest.fixture
def image(tmp_path):
    with MemoryImage(tmp_path / "live.bin", live_variables(), session_text()) as image:
        yield image


@pytest.fixture
def sdk(tmp_path, image):
    sdk = irsdk.IRSDK()
    assert sdk.startup(test_file=str(tmp_path / "live.bin"))
    yield sdk
    sdk.shutdown()


def test_pyirsdk_reads_what_was_written(image, sdk):
    image.write({"Speed": 41.5, "Gear": 3, "OnPitRoad": True, "SessionTime": 12.25, "SessionFlags": 0x10040000, "CarIdxLap": range(64)})

    sdk.freeze_var_buffer_latest()

    assert [sdk[name] for name in ("Speed", "Gear", "OnPitRoad", "SessionTime", "SessionFlags")] == [41.5, 3, True, 12.25, 0x10040000]
    assert sdk["CarIdxLap"] == list(range(64))


def test_every_live_channel_has_a_variable(sdk):
    assert {channel.iracing for channel in LIVE_CHANNELS} <= set(sdk.var_headers_names)


def test_a_variable_not_written_keeps_its_value_in_every_buffer(image, sdk):
    image.write({"Speed": 41.5})
    for _ in range(5):
        image.write({"Gear": 4})
        sdk.freeze_var_buffer_latest()
        assert sdk["Speed"] == 41.5


def test_status_is_connected_only_once_a_tick_is_there(image, sdk):
    assert sdk._header.status == 0
    image.write({})
    assert sdk._header.status == 1
    image.disconnect()
    assert sdk._header.status == 0


def test_the_session_text_is_found_by_pyirsdk(image, sdk):
    image.write({})
    image.set_session_text(session_text(track="tsukuba 1k"))

    assert sdk["WeekendInfo"]["TrackName"] == "tsukuba 1k"
    assert sdk["SplitTimeInfo"]["Sectors"][0]["SectorStartPct"] == 0


def test_session_updates_go_on_counting_in_a_file_taken_over(tmp_path):
    path = tmp_path / "live.bin"
    with MemoryImage(path, live_variables(), session_text()) as first:
        first.set_session_text(session_text())
    with MemoryImage(path, live_variables(), session_text()):
        assert unpack_header(path.read_bytes()[:HEADER_BYTES]).session_info_update == 3


def test_a_file_taken_over_is_never_recreated_and_never_shrinks(tmp_path):
    path = tmp_path / "live.bin"
    path.write_bytes(bytes(IMAGE_BYTES + 100))
    before = path.stat().st_ino
    MemoryImage(path, live_variables(), session_text()).close()
    assert (path.stat().st_ino, path.stat().st_size) == (before, IMAGE_BYTES + 100)


def test_a_file_that_is_too_short_grows_in_place(tmp_path):
    path = tmp_path / "live.bin"
    path.write_bytes(b"x")
    before = path.stat().st_ino
    MemoryImage(path, live_variables(), session_text()).close()
    assert (path.stat().st_ino, path.stat().st_size) == (before, IMAGE_BYTES)


def test_no_file_under_another_name_stays_behind(tmp_path, image):
    assert [path.name for path in tmp_path.iterdir()] == ["live.bin"]


def test_tick_counts_wrap_at_32_bits(tmp_path):
    with MemoryImage(tmp_path / "wrap.bin", live_variables(), session_text(), first_tick=2**31 - 1) as image:
        image.write({})
        image.write({})
        assert image.tick == -(2**31)


def test_a_variable_that_is_not_in_the_layout_is_refused(image):
    with pytest.raises(KeyError, match="Warp"):
        image.write({"Warp": 1.0})


def test_variables_that_do_not_fit_a_buffer_are_refused(tmp_path):
    with pytest.raises(BadInput, match="do not fit a live memory image"):
        MemoryImage(tmp_path / "live.bin", live_variables(cars=5000), session_text())


def test_a_text_longer_than_its_place_is_refused(image):
    with pytest.raises(BadInput, match="holds 524287"):
        image.set_session_text("x" * 524_288)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(CannotWrite, match="nowhere"):
        MemoryImage(tmp_path / "nowhere" / "live.bin", live_variables(), session_text())


@needs_recordings
@pytest.mark.parametrize("name", REAL)
def test_places_and_types_are_those_of_a_real_image(name):
    real = (RECORDINGS / name).read_bytes()
    header = unpack_header(real)
    types = {v.name: v.code for v in unpack_variables(real[VARIABLES_AT : VARIABLES_AT + VARIABLE_BYTES * header.num_vars])}

    assert len(real) == IMAGE_BYTES
    assert header.var_header_offset == VARIABLES_AT
    assert [buffer.offset for buffer in header.buffers[:3]] == [BUFFERS_AT + i * BUFFER_STRIDE for i in range(3)]
    types.pop("CarLeftRight")  # a bit field in 2021, an int in 2024
    ours = {v.name: v.code for v in live_variables() if v.name in types}
    assert len(ours) > 50
    assert ours == {name: types[name] for name in ours}
