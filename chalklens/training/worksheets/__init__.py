"""Worksheets drawn here, whose labels follow from how they were made: training material.

How it is used: `from chalklens.training.worksheets.sheet import render_sheets`. What it leaves out:
the labelled corpus made elsewhere (`labelling.corpus`).
"""
