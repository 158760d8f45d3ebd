// The entry point of every test program; Catch2 is compiled once, here.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
