"""Explorables in a notebook: element, sentence, script; and what is refused."""

import re
import subprocess
import sys

import pytest

from lab import explore

CONV = explore.conv(n=6, k=3, s=2, padding="same")


def test_output_carries_element_sentence_and_script():
    bundle = CONV._repr_mimebundle_()
    assert bundle["text/html"].startswith(
        '<conv-explorer n="6" k="3" s="2" d="1" padding="same" axes="2" '
        'kernel="blur">\n'
    )
    assert "A convolution to explore: n=6, k=3, s=2" in bundle["text/plain"]
    assert bundle["text/plain"] in bundle["text/html"]
    assert bundle["text/html"].count("<script data-explore>") == 1
    assert bundle == CONV._repr_mimebundle_(include=None)


def test_output_carries_only_what_its_element_needs():
    assert explore.modules("conv") == ["arithmetic", "element", "conv"]
    assert "pool-explorer" not in CONV._repr_mimebundle_()["text/html"]


def test_script_holds_no_import_no_export_and_no_remark():
    script = explore.script(*explore.NAMES)
    assert not re.search(r"^\s*(import|export|//|/\*)", script, re.M)
    assert "</script" not in script


def test_names_are_unique_across_modules():
    """Or the modules could not stand in one script."""
    names = [
        name
        for module in explore.modules(*explore.NAMES)
        for name in re.findall(
            r"^(?:export )?(?:const|class|(?:async )?function) (\w+)",
            (explore.MODULES / f"{module}.js").read_text(encoding="utf-8"),
            re.M,
        )
    ]
    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


def test_truths_are_attributes_without_a_value():
    made = explore.conv(readers=True).element()
    assert " readers>" in made
    assert "predict" not in made


def test_stride_of_a_pooling_is_its_window():
    assert explore.pool(k=3).attributes["s"] == 3
    assert explore.pool(k=3, s=1).attributes["s"] == 1


def test_text_is_escaped():
    made = explore.element("conv", {"title": '"<&'}, "")
    assert 'title="&quot;&lt;&amp;"' in made


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: explore.conv(n=0), "n must be a whole number from 1 to 12, but is 0"),
        (
            lambda: explore.conv(k=2.5),
            "k must be a whole number from 1 to 7",
        ),
        (lambda: explore.conv(s="2"), "s must be a whole number from 1 to 4"),
        (lambda: explore.conv(d=4), "d must be a whole number from 1 to 3, but is 4"),
        (
            lambda: explore.conv(padding="full"),
            'must be "valid", "same" or a whole',
        ),
        (lambda: explore.conv(padding=5), "zeros from 0 to 4, but is 5"),
        (lambda: explore.conv(axes=3), "axes must be one of 1, 2, but is 3"),
        (
            lambda: explore.conv(kernel="sobel"),
            "must be one of 'blur', 'box', 'edge'",
        ),
        (lambda: explore.pool(n=13), "n must be a whole number from 2 to 12"),
        (
            lambda: explore.pool(mode="min"),
            "must be one of 'max', 'avg', 'global'",
        ),
        (lambda: explore.pool(right=9), "right must be a whole number from -8 to 8"),
        (
            lambda: explore.pool(view="square"),
            "must be one of 'numbers', 'circle'",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_it_needs_no_tensorflow():
    code = (
        "import sys; from lab import explore; explore.conv()._repr_mimebundle_();"
        "assert not {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)"
    )
    folder = explore.MODULES.parents[2] / "notebooks"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
