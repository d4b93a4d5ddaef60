"""What is wrong with a data set before anything is trained on it."""

from zoo.data.audit.exclusion import CHOICES, DEFAULT, choices_in, exclusions
from zoo.data.audit.findings import KINDS, Finding, findings_csv
from zoo.data.audit.run import Audit, audit
from zoo.data.audit.tables import audit_tables

__all__ = [
    "CHOICES",
    "DEFAULT",
    "KINDS",
    "Audit",
    "Finding",
    "audit",
    "audit_tables",
    "choices_in",
    "exclusions",
    "findings_csv",
]
