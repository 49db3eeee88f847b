// MQL5 for a C++ compiler: all that an EA may include it for. The EA's files come after this one and see nothing else.
#pragma once
#include "language.hpp"
#include "clock.hpp"
#include "state.hpp"
#include "files.hpp"
#include "sockets.hpp"
#include "chart.hpp"
#include "trade.hpp"

#define input
#define sinput
