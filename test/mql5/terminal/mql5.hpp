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
#undef SEEK_SET
#undef SEEK_CUR
#undef SEEK_END
#define SEEK_SET SHIM_SEEK_SET
#define SEEK_CUR SHIM_SEEK_CUR
#define SEEK_END SHIM_SEEK_END
