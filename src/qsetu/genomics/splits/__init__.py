"""x"""
from qsetu.genomics.splits.linking import *
from qsetu.genomics.splits.kmers import *
from qsetu.genomics.splits.sequence_groups import *
from qsetu.genomics.splits.homology import *
from qsetu.genomics.splits.interval_groups import *
from qsetu.genomics.splits.people import *
