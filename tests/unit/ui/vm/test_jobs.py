from app.session.messages import JobReport
from app.ui.vm.jobs import JobsViewModel


def test_a_job_tells_how_far_it_is() -> None:
    vm = JobsViewModel()
    vm.begin("Calibrating")
    begun = (vm.words, vm.share)

    vm.take(JobReport(done=12, total=60, words="turn 12 of 60:\n150 ms"))

    assert begun == ("Calibrating", None)
    assert (vm.words, vm.share) == ("Calibrating: turn 12 of 60: 150 ms", 0.2)


def test_a_job_that_is_over_says_why_it_failed_or_nothing() -> None:
    vm = JobsViewModel()
    vm.begin("Comparing")

    vm.take(JobReport(done=2, total=1, over=True))
    well = (vm.words, vm.running, vm.share)
    vm.begin("Comparing")
    vm.take(JobReport(done=-1, total=-1, over=True, problem="No such folder."))

    assert well == ("", False, None)
    assert vm.words == "Comparing failed: No such folder."


def test_an_engine_that_is_lost_ends_the_job_under_way_only() -> None:
    vm = JobsViewModel()
    vm.lost()
    quiet = vm.words
    vm.begin("Calibrating")

    vm.lost()

    assert (quiet, vm.words) == ("", "Calibrating failed: the engine ended")
