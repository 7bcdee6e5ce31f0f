"""The training report that lies beside a bundle: what it gets right, where it errs, and whether it knows."""

from training.report.contents import Confusion, Judged
from training.report.curves import Bin, coverage_curve, reliability
from training.report.writing import write_report

__all__ = ["Bin", "Confusion", "Judged", "coverage_curve", "reliability", "write_report"]
