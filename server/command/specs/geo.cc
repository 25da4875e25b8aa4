// Rows of the geo commands.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Change kGeoAddHistory[] = {{"6.2.0", "`CH`, `NX` and `XX`."}};
constexpr Argument kGeoAddCondition[] = {Word("nx", "NX"), Word("xx", "XX")};
constexpr Argument kGeoAddData[] = {Double("longitude"), Double("latitude"), Text("member")};
constexpr Argument kGeoAddArguments[] = {
    Key("key"),
    OneOf("condition", kGeoAddCondition).Optional().Since("6.2.0"),
    Word("change", "CH").Optional().Since("6.2.0"),
    Block("data", kGeoAddData).Multiple(),
};
constexpr CommandRow kGeoAdd = {
    .name = "geoadd",
    .arity = -5,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclGeo,
    .keys = {{kKeyRw | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kGeo,
    .since = "3.2.0",
    .summary = "Put members with longitude and latitude into a geo index.",
    .complexity = "O(log(N)) a member, in an index of N",
    .history = kGeoAddHistory,
    .arguments = kGeoAddArguments,
};

constexpr Argument kGeoDistUnit[] = {Word("m", "m"), Word("km", "km"), Word("ft", "ft"), Word("mi", "mi")};
constexpr Argument kGeoDistArguments[] = {
    Key("key"),
    Text("member1"),
    Text("member2"),
    OneOf("unit", kGeoDistUnit).Optional(),
};
constexpr CommandRow kGeoDist = {
    .name = "geodist",
    .arity = -4,
    .flags = kFlagReadOnly,
    .categories = kAclGeo,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeo,
    .since = "3.2.0",
    .summary = "Measure the distance between two members of a geo index.",
    .complexity = "O(1)",
    .arguments = kGeoDistArguments,
};

constexpr Argument kGeoHashArguments[] = {Key("key"), Text("member").Multiple().Optional()};
constexpr CommandRow kGeoHash = {
    .name = "geohash",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclGeo,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeo,
    .since = "3.2.0",
    .summary = "Turn the positions of members into geohash strings.",
    .complexity = "O(1) a member",
    .arguments = kGeoHashArguments,
};

constexpr Argument kGeoPosArguments[] = {Key("key"), Text("member").Multiple().Optional()};
constexpr CommandRow kGeoPos = {
    .name = "geopos",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclGeo,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeo,
    .since = "3.2.0",
    .summary = "Tell longitude and latitude of members.",
    .complexity = "O(1) a member",
    .arguments = kGeoPosArguments,
};

constexpr Change kGeoRadiusHistory[] = {
    {"6.2.0", "`COUNT` takes `ANY`."},
    {"7.0.0", "Units may be written in capitals."},
};
constexpr Argument kGeoRadiusCountBlock[] = {
    Integer("count").Token("COUNT"),
    Word("any", "ANY").Optional().Since("6.2.0"),
};
constexpr Argument kGeoRadiusOrder[] = {Word("asc", "ASC"), Word("desc", "DESC")};
constexpr Argument kGeoRadiusStore[] = {
    Key("storekey", 1).Token("STORE").Display("key"),
    Key("storedistkey", 2).Token("STOREDIST").Display("key"),
};
constexpr Argument kGeoRadiusArguments[] = {
    Key("key"),
    Double("longitude"),
    Double("latitude"),
    Double("radius"),
    OneOf("unit", kGeoDistUnit),
    Word("withcoord", "WITHCOORD").Optional(),
    Word("withdist", "WITHDIST").Optional(),
    Word("withhash", "WITHHASH").Optional(),
    Block("count-block", kGeoRadiusCountBlock).Optional(),
    OneOf("order", kGeoRadiusOrder).Optional(),
    OneOf("store", kGeoRadiusStore).Optional(),
};
constexpr CommandRow kGeoRadius = {
    .name = "georadius",
    .arity = -6,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclGeo,
    .keys =
        {
            {kKeyRo | kKeyAccess, AtIndex(1), Range(0)},
            {kKeyOw | kKeyUpdate, AfterKeyword("STORE", 6), Range(0)},
            {kKeyOw | kKeyUpdate, AfterKeyword("STOREDIST", 6), Range(0)},
        },
    .keys_hook = GeoRadiusKeys,
    .group = Group::kGeo,
    .since = "3.2.0",
    .summary = "Find the members within a radius of a position; send them or store them.",
    .complexity = "O(N+log(M)) for N members in the square around the circle, out of M",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`GEOSEARCH` or `GEOSEARCHSTORE`, with `BYRADIUS`",
    .history = kGeoRadiusHistory,
    .arguments = kGeoRadiusArguments,
};

constexpr Change kGeoRadiusRoHistory[] = {{"6.2.0", "`COUNT` takes `ANY`."}};
constexpr Argument kGeoRadiusRoArguments[] = {
    Key("key"),
    Double("longitude"),
    Double("latitude"),
    Double("radius"),
    OneOf("unit", kGeoDistUnit),
    Word("withcoord", "WITHCOORD").Optional(),
    Word("withdist", "WITHDIST").Optional(),
    Word("withhash", "WITHHASH").Optional(),
    Block("count-block", kGeoRadiusCountBlock).Optional(),
    OneOf("order", kGeoRadiusOrder).Optional(),
};
constexpr CommandRow kGeoRadiusRo = {
    .name = "georadius_ro",
    .arity = -6,
    .flags = kFlagReadOnly,
    .categories = kAclGeo,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeo,
    .since = "3.2.10",
    .summary = "Find the members within a radius of a position, without storing them.",
    .complexity = "O(N+log(M)) for N members in the square around the circle, out of M",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`GEOSEARCH`, with `BYRADIUS`",
    .history = kGeoRadiusRoHistory,
    .arguments = kGeoRadiusRoArguments,
};

constexpr Change kGeoRadiusByMemberHistory[] = {{"7.0.0", "Units may be written in capitals."}};
constexpr Argument kGeoRadiusByMemberCountBlock[] = {Integer("count").Token("COUNT"), Word("any", "ANY").Optional()};
constexpr Argument kGeoRadiusByMemberArguments[] = {
    Key("key"),
    Text("member"),
    Double("radius"),
    OneOf("unit", kGeoDistUnit),
    Word("withcoord", "WITHCOORD").Optional(),
    Word("withdist", "WITHDIST").Optional(),
    Word("withhash", "WITHHASH").Optional(),
    Block("count-block", kGeoRadiusByMemberCountBlock).Optional(),
    OneOf("order", kGeoRadiusOrder).Optional(),
    OneOf("store", kGeoRadiusStore).Optional(),
};
constexpr CommandRow kGeoRadiusByMember = {
    .name = "georadiusbymember",
    .arity = -5,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclGeo,
    .keys =
        {
            {kKeyRo | kKeyAccess, AtIndex(1), Range(0)},
            {kKeyOw | kKeyUpdate, AfterKeyword("STORE", 5), Range(0)},
            {kKeyOw | kKeyUpdate, AfterKeyword("STOREDIST", 5), Range(0)},
        },
    .keys_hook = GeoRadiusKeys,
    .group = Group::kGeo,
    .since = "3.2.0",
    .summary = "Find the members within a radius of another member; send them or store them.",
    .complexity = "O(N+log(M)) for N members in the square around the circle, out of M",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`GEOSEARCH` or `GEOSEARCHSTORE`, with `BYRADIUS` and `FROMMEMBER`",
    .history = kGeoRadiusByMemberHistory,
    .arguments = kGeoRadiusByMemberArguments,
};

constexpr Argument kGeoRadiusByMemberRoArguments[] = {
    Key("key"),
    Text("member"),
    Double("radius"),
    OneOf("unit", kGeoDistUnit),
    Word("withcoord", "WITHCOORD").Optional(),
    Word("withdist", "WITHDIST").Optional(),
    Word("withhash", "WITHHASH").Optional(),
    Block("count-block", kGeoRadiusByMemberCountBlock).Optional(),
    OneOf("order", kGeoRadiusOrder).Optional(),
};
constexpr CommandRow kGeoRadiusByMemberRo = {
    .name = "georadiusbymember_ro",
    .arity = -5,
    .flags = kFlagReadOnly,
    .categories = kAclGeo,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeo,
    .since = "3.2.10",
    .summary = "Find the members within a radius of another member, without storing them.",
    .complexity = "O(N+log(M)) for N members in the square around the circle, out of M",
    .doc_flags = kDocDeprecated,
    .deprecated_since = "6.2.0",
    .replaced_by = "`GEOSEARCH`, with `BYRADIUS` and `FROMMEMBER`",
    .arguments = kGeoRadiusByMemberRoArguments,
};

constexpr Argument kGeoSearchFromlonlat[] = {Double("longitude"), Double("latitude")};
constexpr Argument kGeoSearchFrom[] = {
    Text("member").Token("FROMMEMBER"),
    Block("fromlonlat", kGeoSearchFromlonlat).Token("FROMLONLAT"),
};
constexpr Argument kGeoSearchCircle[] = {Double("radius").Token("BYRADIUS"), OneOf("unit", kGeoDistUnit)};
constexpr Argument kGeoSearchBox[] = {Double("width").Token("BYBOX"), Double("height"), OneOf("unit", kGeoDistUnit)};
constexpr Argument kGeoSearchBy[] = {Block("circle", kGeoSearchCircle), Block("box", kGeoSearchBox)};
constexpr Argument kGeoSearchArguments[] = {
    Key("key"),
    OneOf("from", kGeoSearchFrom),
    OneOf("by", kGeoSearchBy),
    OneOf("order", kGeoRadiusOrder).Optional(),
    Block("count-block", kGeoRadiusByMemberCountBlock).Optional(),
    Word("withcoord", "WITHCOORD").Optional(),
    Word("withdist", "WITHDIST").Optional(),
    Word("withhash", "WITHHASH").Optional(),
};
constexpr CommandRow kGeoSearch = {
    .name = "geosearch",
    .arity = -7,
    .flags = kFlagReadOnly,
    .categories = kAclGeo,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kGeo,
    .since = "6.2.0",
    .summary = "Find the members inside a circle or a box.",
    .complexity = "O(N+log(M)) for N members in the grid cells that cover the shape, and M inside it",
    .history = kGeoRadiusByMemberHistory,
    .arguments = kGeoSearchArguments,
};

constexpr Argument kGeoSearchStoreArguments[] = {
    Key("destination"),
    Key("source", 1),
    OneOf("from", kGeoSearchFrom),
    OneOf("by", kGeoSearchBy),
    OneOf("order", kGeoRadiusOrder).Optional(),
    Block("count-block", kGeoRadiusByMemberCountBlock).Optional(),
    Word("storedist", "STOREDIST").Optional(),
};
constexpr CommandRow kGeoSearchStore = {
    .name = "geosearchstore",
    .arity = -8,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclGeo,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(1), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(2), Range(0)}},
    .group = Group::kGeo,
    .since = "6.2.0",
    .summary = "Find the members inside a circle or a box and store them in another geo index.",
    .complexity = "O(N+log(M)) for N members in the grid cells that cover the shape, and M inside it",
    .history = kGeoRadiusByMemberHistory,
    .arguments = kGeoSearchStoreArguments,
};

constexpr CommandRow kRows[] = {
    kGeoAdd,    kGeoDist,        kGeoHash, kGeoPos, kGeoRadius, kGeoRadiusRo, kGeoRadiusByMember, kGeoRadiusByMemberRo,
    kGeoSearch, kGeoSearchStore,
};

}  // namespace

std::span<const CommandRow> GeoRows() { return kRows; }

}  // namespace keyway::command::rows
