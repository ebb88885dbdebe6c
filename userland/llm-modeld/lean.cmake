# what llama.cpp's build leaves out for this program; read right after its `project()` line.
#
# the rust crate turns the `common` helpers on whatever features are asked for: an http server's
# parts, templates and argument parsing, several minutes and 14 MB that nothing here calls.
set(LLAMA_BUILD_COMMON OFF CACHE BOOL "" FORCE)
