"""Run all chapters as other processors would: `make machines`.

One processor can stand in for others: TensorFlow's oneDNN kernels can be switched off,
as they are on older processors, or on; and every library can be told to keep to the
instructions of a processor without AVX-512.
"""

import sys

import proof
import strict


def machines():
    """Return the settings of each machine, and how many chapters run side by side."""
    return {
        "oneDNN off": ({"TF_ENABLE_ONEDNN_OPTS": "0"}, None),
        "oneDNN on": ({"TF_ENABLE_ONEDNN_OPTS": "1"}, None),
        "no AVX-512": (
            {
                "TF_ENABLE_ONEDNN_OPTS": "1",
                "ONEDNN_MAX_CPU_ISA": "AVX2",
                "OPENBLAS_CORETYPE": "Haswell",
                "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
                "NPY_DISABLE_CPU_FEATURES": " ".join(newer_than_avx2()),
            },
            None,
        ),
        "several threads": ({}, 1),
    }


def newer_than_avx2():
    """Return the instruction sets beyond AVX2 that NumPy would use on this machine.

    NumPy warns of a name that means nothing to it, and a warning is an output.
    """
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    older = {"SSE41", "SSE42", "POPCNT", "AVX", "F16C", "FMA3", "AVX2", "X86_V3"}
    return [
        name
        for name in __cpu_dispatch__
        if __cpu_features__.get(name) and name not in older
    ]


def main(*names):
    """Run the machines that were named, or all; exit 1 if an output differs."""
    known = machines()
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(
            f"no machine is called {', '.join(unknown)}; there are: " + ", ".join(known)
        )
    runs = {}
    for name in names or known:
        print(f"{name}: running all chapters", flush=True)
        settings, workers = known[name]
        runs[name] = strict.run(settings=settings, workers=workers)
    right = strict.table(
        f"Cells that give what is stored, on {strict.processor()}", runs
    )
    if not names:
        proof.store("machines", {"processor": strict.processor(), "runs": runs})
    return not right


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
