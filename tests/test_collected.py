"""No test lies where pytest does not look, as once in a folder named dist."""

from fnmatch import fnmatch
from pathlib import Path


def test_no_folder_of_tests_is_passed_over(request):
    left_out = request.config.getini("norecursedirs")
    files = Path(__file__).parent.rglob("test_*.py")
    for folder in {file.parent for file in files}:
        assert not any(fnmatch(folder.name, name) for name in left_out), folder
