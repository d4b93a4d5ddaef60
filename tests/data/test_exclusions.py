"""Lists of faces to leave out."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import noise

from zoo.data.dataset import Dataset, Split
from zoo.data.exclusions import Exclusions, read_exclusions, write_exclusions
from zoo.errors import ZooError


@pytest.fixture
def dataset():
    splits = {
        name: Split(
            name, noise(count)[..., np.newaxis], np.zeros(count, np.int64),
            np.array([f"line {row}" for row in range(count)]),
        )
        for name, count in (("train", 12), ("validation", 6))
    }  # fmt: skip
    return Dataset("tiny", ("face",), splits, "f" * 64)


@pytest.fixture
def chosen():
    faces = {("train", "line 3"): "blank", ("validation", "line 4"): "copy, of « ü »"}
    return Exclusions(faces, "f" * 12)


def test_a_list_comes_back_as_it_was_written(tmp_path, dataset, chosen):
    write_exclusions(chosen, tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text().splitlines()[:2] == [
        "id,split,reason,source",
        "line 3,train,blank,ffffffffffff",
    ]
    assert read_exclusions(tmp_path / "list.csv", dataset) == chosen


def test_a_list_is_of_a_source_whatever_its_settings(tmp_path, dataset, chosen):
    path = tmp_path / "list.csv"
    write_exclusions(chosen, path)
    same = replace(dataset, fingerprint="0" * 64, facts={"content": "f" * 64})
    assert read_exclusions(path, same) == chosen
    other = replace(dataset, facts={"content": "0123456789abcdef"})
    with pytest.raises(ZooError, match="line 2: data set 'tiny' was made from 0123456789ab, not"):
        read_exclusions(path, other)


def test_the_listed_faces_of_each_split_are_left_out(dataset, chosen):
    for name, out in (("train", [3]), ("validation", [4])):
        ids = dataset.split(name).ids
        assert np.flatnonzero(~chosen.kept(name, ids)).tolist() == out
        assert Exclusions({}).kept(name, ids).all()


def test_a_list_is_known_by_its_faces_not_by_order_or_reasons(chosen):
    turned = Exclusions({("validation", "line 4"): "", ("train", "line 3"): ""})
    assert turned.sha256 == chosen.sha256
    assert Exclusions({("train", "line 4"): "blank"}).sha256 != chosen.sha256
    assert len(chosen.sha256) == 64


def test_other_columns_and_orders_are_understood(tmp_path, dataset):
    path = tmp_path / "mine.csv"
    path.write_text("﻿Split, ID ,note\r\ntrain,line 1,x\r\n\r\n", encoding="utf-8")
    assert read_exclusions(path, dataset).reasons == {("train", "line 1"): ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,split\nline 3,train\nline 12,train\n", "line 3: data set 'tiny' has no train face"),
        ("id,split\nline 3,test\n", "line 2: data set 'tiny' has no test face 'line 3'"),
        ("id,reason\nline 3,x\n", "line 1: expected columns id and split"),
        ("id,split\nline 3\n", "line 2: 1 columns, expected 2"),
        ("", "line 1: expected columns id and split"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        ("id,split\n" + "a" * (2 << 20), "line 2: longer than 1,048,576 bytes"),
        (None, "cannot be read"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, dataset, text, message):
    path = tmp_path / "list.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ZooError, match=message) as refusal:
        read_exclusions(path, dataset)
    assert "\n" not in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_an_existing_list_is_not_overwritten(tmp_path, chosen):
    write_exclusions(chosen, tmp_path / "list.csv")
    with pytest.raises(ZooError, match="exists"):
        write_exclusions(chosen, tmp_path / "list.csv")
