# Every act on this book is a target with a plain name. `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
CHAPTER ?=
# What builds the site: jupyter-book, or sphinx, the newest one without Jupyter Book.
ENGINE ?= jupyter-book

# Scripts are given to the interpreter, because the path in their first line is that of
# the folder in which they were made.
BIN := .venv/bin
# Two builds at once would write the same pages; the second waits.
LOCK := $(if $(shell command -v flock),flock _config.yml)
READY := .venv/.ready
# Jupyter, Keras and browsers keep things at home; where that cannot be, in .venv.
ifneq ($(shell mkdir -p "$$HOME/.cache" 2>/dev/null && [ -w "$$HOME/.cache" ] && echo yes),yes)
export HOME := $(CURDIR)/.venv/home
endif
LAB := .venv/lab
LABFLAGS ?=
SPHINX := .venv/sphinx
HTML.jupyter-book := _build/html
HTML.sphinx := _build/sphinx/html
HTML := $(or $(HTML.$(ENGINE)),$(error ENGINE=$(ENGINE) is neither jupyter-book nor sphinx))
SITE := $(HTML)/.complete
BUILD := $(BIN)/python $(BIN)/jupyter-book build . -W -n --keep-going --quiet
SOURCES := _config.yml _toc.yml $(shell find book notebooks -type f \
	\( -name '*.md' -o -name '*.ipynb' -o -name '*.py' -o -name '*.bib' -o -name '*.css' \
	-o -name '*.js' -o -name '*.html' -o -name '*.png' -o -name '*.svg' -o -name '*.json' \))
# What another engine builds, the site and the small books; one chapter, its contract and
# its page; or everything.
NAMED := $(notdir $(basename $(wildcard notebooks/$(CHAPTER)-*.ipynb)))
PARTS.sphinx := tests/site
TESTS = $(or $(PARTS.$(ENGINE)),$(if $(CHAPTER),notebooks tests/book tests/site)) \
	$(if $(CHAPTER),-k $(or $(NAMED),$(error CHAPTER=$(CHAPTER) names no chapter)))

.DEFAULT_GOAL := help
.PHONY: help book test machines versions score speed search colab-drill serve lab refresh \
	address lint lock data live slides dist links cover fonts bench growth clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

book: $(SITE)  ## build the site into _build/html (ENGINE=sphinx: with the newest Sphinx)

test speed: export BOOK_SITE := $(HTML)
test: export BOOK_PYTHON := $(if $(filter sphinx,$(ENGINE)),$(SPHINX),.venv)/bin/python
test: $(SITE)  ## run every chapter and every check (CHAPTER=03: one chapter and its page)
	$(BIN)/python $(BIN)/pytest $(TESTS)

machines: $(READY)  ## run all chapters as other processors would
	$(BIN)/python data/fetch_vgg16.py
	$(BIN)/python tools/machines.py

versions: $(READY)  ## run all chapters with other versions of Python and the libraries
	$(BIN)/python data/fetch_vgg16.py
	$(BIN)/python tools/versions.py

score: $(READY)  ## put wrong numbers and code into the chapters; see what notices them
	PYTHONPATH=notebooks:tests/book:book/_ext $(BIN)/python tools/score.py $(CHAPTER)

search: $(READY)  ## let the tests of lab look for counter-examples at random
	BOOK_HYPOTHESIS=search $(BIN)/python $(BIN)/pytest tests/lab --numprocesses 0

colab-drill: $(READY)  ## run the chapters as Colab does, without Colab (CHAPTER=03 for one)
	$(BIN)/python tools/colab_drill.py $(CHAPTER)

serve: $(SITE)  ## show the site on http://localhost:8000 (PORT=8000)
	@echo "The book is at http://localhost:$(PORT)  (Ctrl-C stops)"
	@$(BIN)/python -m http.server --directory $(HTML) $(PORT)

lab: $(LAB)/.ready  ## open the chapters in JupyterLab, which is fetched the first time
	$(LAB)/bin/python -m jupyterlab --LabApp.default_url=/lab/tree/notebooks $(LABFLAGS)

refresh: $(READY)  ## execute the chapters and store their outputs (CHAPTER=03 for one)
	$(BIN)/python tools/refresh.py $(CHAPTER)

address: $(READY)  ## write the repository's address and the folds into the chapters
	$(BIN)/python tools/refresh.py --restamp $(CHAPTER)

links: $(READY)  ## ask every page elsewhere that the book links to whether it is there
	$(BIN)/python $(BIN)/jupyter-book build . --builder linkcheck --path-output _build/links \
		-n --keep-going --quiet

lint: $(READY)  ## check style and layout of all code, cells included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ruff format --check --line-length 80 notebooks/*.ipynb

lock: $(READY)  ## compile the locked versions anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra book --extra dist --extra test --universal --quiet \
		--upgrade --custom-compile-command "make lock" --output-file requirements.txt
	$(BIN)/uv pip compile --group sphinx --universal --quiet --upgrade \
		--custom-compile-command "make lock, $$(date -I)" --output-file requirements-sphinx.txt
	$(BIN)/uv pip compile pyproject.toml --constraint requirements.txt --quiet --no-annotate \
		--python-version $$(sed s/python-// .binder/runtime.txt) \
		--custom-compile-command "make lock" --output-file .binder/requirements.txt

speed: $(SITE)  ## time how soon pages show on a slow line, in Chromium
	PYTHONPATH=tests/site $(BIN)/python tools/speed.py

live: $(READY)  ## fetch Python for the page, so that readers can run exercises in it
	$(BIN)/python data/fetch_live.py

slides: $(SITE)  ## make slides of the chapters' figures (CHAPTER=07 for one)
	PYTHONPATH=tests/site $(BIN)/python tools/slides.py $(CHAPTER)

dist: $(HTML.jupyter-book)/.complete  ## make the copies for where there is no network: PDF, EPUB, site, notebooks
	PYTHONPATH=tests/site:book/_ext $(BIN)/python tools/dist.py
	@$(MAKE) --no-print-directory book

data: $(READY)  ## fetch VGG16's weights, rebuild mini-CIFAR, verify all data
	$(BIN)/python data/fetch_vgg16.py
	$(BIN)/python data/build_mini_cifar.py
	$(BIN)/python data/build_car_features.py
	cd data && sha256sum --check --quiet SHA256SUMS

cover: $(READY)  ## draw book/cover.png anew
	cd notebooks && ../$(BIN)/python -c \
		'from lab.pictures import cover_image; cover_image().save("../book/cover.png")'

fonts: $(READY)  ## cut the site's fonts anew from their packages (needs npm)
	$(BIN)/python tools/fonts.py

bench: $(READY)  ## time convolution by hand and training against Keras
	PYTHONPATH=notebooks $(BIN)/python tests/bench_byhand.py
	PYTHONPATH=notebooks $(BIN)/python tests/bench_training.py

growth: $(READY)  ## make books of 13, 30 and 90 chapters and say what they cost
	$(BIN)/python tools/growth.py $(BUILD)

clean:  ## remove what was built (the environment in .venv stays)
	rm -rf _build conf.py .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# Sphinx writes anew the pages whose text has changed. What shapes all pages does so, too.
SHAPE := book/_ext/%.py book/_theme/%.html book/_theme/theme.toml
$(HTML.jupyter-book)/.complete: $(READY) $(SOURCES) $(wildcard _build/live _build/dist)
	@rm -rf $@ $(if $(filter $(SHAPE),$?),$(@D) _build/.doctrees)
	$(LOCK) $(BUILD)
	@touch $@
	@echo "Built: $(@D)/index.html  (make serve shows it)"

$(HTML.sphinx)/.complete: $(SPHINX)/.ready conf.py $(SOURCES) $(wildcard _build/live _build/dist)
	@rm -rf $@ $(if $(filter $(SHAPE),$?),$(@D) $(@D:html=doctrees))
	PYTHONPATH=book/_ext $(LOCK) $(SPHINX)/bin/python -m sphinx -M html . $(@D:/html=) \
		-W -n --keep-going --quiet
	@touch $@
	@echo "Built: $(@D)/index.html  (make serve ENGINE=sphinx shows it)"

# The settings stand in _config.yml alone; this is how Sphinx spells them.
conf.py: $(READY) _config.yml
	@$(BIN)/python $(BIN)/jupyter-book config sphinx .

$(SPHINX)/.ready: $(READY) requirements-sphinx.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SPHINX)
	$(BIN)/uv pip install --quiet --python $(SPHINX)/bin/python \
		--requirement requirements-sphinx.txt
	@touch $@

# In an environment of its own, so that the tests run without it; its kernel is the book's.
# Anew where the folder has moved, because the kernel's place is written down in it.
$(LAB)/.ready: $(READY) $(shell [ "$$(cat $(LAB)/.ready 2>/dev/null)" = "$(CURDIR)" ] || echo FORCE)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LAB)
	$(BIN)/uv pip install --quiet --python $(LAB)/bin/python jupyterlab==4.6.6
	$(BIN)/python -m ipykernel install --prefix $(LAB) --name python3 --display-name "Python 3"
	@echo "$(CURDIR)" > $@

# Anew, too, where the environment is there and cannot run: its Python has gone.
$(READY): requirements.txt $(shell $(BIN)/python -c '' 2>/dev/null || echo FORCE)
	@PYTHON="$(PYTHON)" tools/environment.sh

FORCE:
