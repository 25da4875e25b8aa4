#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

const std::string kSyntax = Error("ERR syntax error");

class GeoTest : public CommandTest {
 protected:
  GeoTest() {
    Run({"GEOADD", "g", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania"});
    Events(), Propagated();
  }
};

TEST_F(GeoTest, AddIsPropagatedAsZadd) {
  EXPECT_EQ(Run({"GEOADD", "n", "CH", "13.361389", "38.115556", "a", "15.087269", "37.502669", "b"}), Integer(2));
  EXPECT_EQ(Propagated(), "ZADD n CH 3479099956230698 a 3479447370796909 b");
  EXPECT_EQ(Events(), "zadd n");
  EXPECT_EQ(Run({"GEOADD", "n", "XX", "CH", "13.4", "38.1", "a"}), Integer(1));
  EXPECT_EQ(Run({"GEOADD", "n", "NX", "1", "1", "a"}), Integer(0));
  EXPECT_EQ(Run({"GEOADD", "n", "180", "85.05112878", "edge"}), Integer(1));
}

TEST_F(GeoTest, BadAdds) {
  EXPECT_EQ(Run({"GEOADD", "g", "NX", "XX", "1", "1", "a"}), kSyntax);
  EXPECT_EQ(Run({"GEOADD", "g", "1", "1", "a", "1"}), kSyntax);
  EXPECT_EQ(Run({"GEOADD", "g", "1", "x", "a"}), Error("ERR value is not a valid float"));
  EXPECT_EQ(Run({"GEOADD", "n", "1", "1", "a", "200", "86", "b"}),
            Error("ERR invalid longitude,latitude pair 200.000000,86.000000"));
  EXPECT_EQ(Find("n"), nullptr);
}

TEST_F(GeoTest, PlacesHashesAndDistances) {
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania"}), Bulk("166274.1516"));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania", "km"}), Bulk("166.2742"));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania", "MI"}), Bulk("103.3182"));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Palermo"}), Bulk("0.0000"));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "x"}), Null());
  EXPECT_EQ(Run({"GEODIST", "nokey", "Palermo", "x"}), Null());
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania", "ly"}),
            Error("ERR unsupported unit provided. please use M, KM, FT, MI"));
  EXPECT_EQ(Run({"GEODIST", "g", "Palermo", "Catania", "m", "m"}), kSyntax);
  EXPECT_EQ(Run({"GEOHASH", "g", "Palermo", "x", "Catania"}),
            Array({Bulk("sqc8b49rny0"), Null(), Bulk("sqdtr74hyu0")}));
  EXPECT_EQ(Run({"GEOPOS", "g", "Palermo", "x"}),
            Array({Bulks({"13.36138933897018433", "38.11555639549629859"}), "*-1\r\n"}));
  EXPECT_EQ(Run({"GEOPOS", "nokey", "x"}), Array({"*-1\r\n"}));
  UseResp3();
  EXPECT_EQ(Run({"GEOPOS", "g", "Palermo"}), "*1\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n");
}

TEST_F(GeoTest, Search) {
  EXPECT_EQ(Run({"GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", "ASC"}),
            Bulks({"Catania", "Palermo"}));
  EXPECT_EQ(Run({"GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", "DESC", "COUNT", "1"}),
            Bulks({"Palermo"}));
  EXPECT_EQ(Run({"GEOSEARCH", "g", "FROMMEMBER", "Catania", "BYBOX", "400", "400", "km", "WITHDIST", "COUNT", "1"}),
            Array({Bulks({"Catania", "0.0000"})}));
  EXPECT_EQ(
      Run({"GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "100", "km", "WITHCOORD", "WITHHASH", "WITHDIST"}),
      Array({Array({Bulk("Catania"), Bulk("56.4413"), Integer(3479447370796909),
                    Bulks({"15.08726745843887329", "37.50266842333162032"})})}));
  EXPECT_EQ(Run({"GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "1", "m"}), Array({}));
  EXPECT_EQ(Run({"GEOSEARCH", "nokey", "FROMMEMBER", "x", "BYRADIUS", "1", "m"}), Array({}));
  EXPECT_EQ(
      Run({"GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", "COUNT", "1", "ANY"}).substr(0, 4),
      "*1\r\n");
}

TEST_F(GeoTest, ElderForms) {
  EXPECT_EQ(Run({"GEORADIUS", "g", "15", "37", "200", "km", "ASC"}), Bulks({"Catania", "Palermo"}));
  EXPECT_EQ(Run({"GEORADIUS_RO", "g", "15", "37", "200", "km", "COUNT", "1"}), Bulks({"Catania"}));
  EXPECT_EQ(Run({"GEORADIUSBYMEMBER", "g", "Palermo", "100", "km"}), Bulks({"Palermo"}));
  EXPECT_EQ(Run({"GEORADIUSBYMEMBER_RO", "g", "Palermo", "200", "km", "DESC"}), Bulks({"Catania", "Palermo"}));
  EXPECT_EQ(Run({"GEORADIUS_RO", "g", "15", "37", "200", "km", "STORE", "d"}), kSyntax);
  EXPECT_EQ(Run({"GEORADIUSBYMEMBER", "g", "x", "1", "km"}), Error("ERR could not decode requested zset member"));
  // Without a key the other arguments do not matter.
  EXPECT_EQ(Run({"GEORADIUSBYMEMBER", "nokey", "x", "y", "z"}), Array({}));
}

TEST_F(GeoTest, ResultsAreStored) {
  EXPECT_EQ(Run({"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km"}), Integer(2));
  EXPECT_EQ(Events(), "geosearchstore d");
  EXPECT_EQ(Run({"ZRANGE", "d", "0", "-1", "WITHSCORES"}), Run({"ZRANGE", "g", "0", "-1", "WITHSCORES"}));
  EXPECT_EQ(EncodingOf("d"), "listpack");
  EXPECT_EQ(Run({"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "15", "37", "BYRADIUS", "100", "km", "STOREDIST"}),
            Integer(1));
  EXPECT_EQ(Run({"ZSCORE", "d", "Catania"}).substr(5, 6), "56.441");
  EXPECT_EQ(Run({"GEORADIUS", "g", "15", "37", "200", "km", "STORE", "e", "COUNT", "1"}), Integer(1));
  EXPECT_EQ(Run({"GEORADIUSBYMEMBER", "g", "Palermo", "200", "km", "STOREDIST", "e"}), Integer(2));
  EXPECT_EQ(Run({"ZSCORE", "e", "Palermo"}), Double("0"));
  Events(), Propagated();
  EXPECT_EQ(Run({"GEORADIUS", "nokey", "15", "37", "200", "km", "STORE", "e"}), Integer(0));
  EXPECT_EQ(Events(), "del e");
  EXPECT_EQ(Propagated(), "GEORADIUS nokey 15 37 200 km STORE e");
  EXPECT_EQ(Run({"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "0", "0", "BYRADIUS", "1", "km"}), Integer(0));
  EXPECT_EQ(Find("d"), nullptr);
}

TEST_F(GeoTest, BadSearches) {
  const auto search = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"geosearch", "g"});
    return Run(words);
  };
  EXPECT_EQ(search({"BYRADIUS", "1", "m", "ASC", "DESC"}),
            Error("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "ASC", "DESC"}),
            Error("ERR exactly one of BYRADIUS and BYBOX can be specified for geosearch"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "FROMMEMBER", "Palermo", "BYRADIUS", "1", "m"}), kSyntax);
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYBOX", "1", "1", "m", "BYRADIUS", "1", "m"}), kSyntax);
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYRADIUS", "x", "m"}), Error("ERR need numeric radius"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYRADIUS", "-1", "m"}), Error("ERR radius cannot be negative"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYBOX", "x", "1", "m"}), Error("ERR need numeric width"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYBOX", "1", "x", "m"}), Error("ERR need numeric height"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYBOX", "1", "-1", "m"}), Error("ERR height or width cannot be negative"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYRADIUS", "1", "m", "COUNT", "0"}), Error("ERR COUNT must be > 0"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYRADIUS", "1", "m", "ANY"}),
            Error("ERR the ANY argument requires COUNT argument"));
  EXPECT_EQ(search({"FROMMEMBER", "x", "BYRADIUS", "1", "m"}), Error("ERR could not decode requested zset member"));
  EXPECT_EQ(search({"FROMLONLAT", "1", "1", "BYRADIUS", "1", "m", "STOREDIST"}), kSyntax);
  EXPECT_EQ(Run({"GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "1", "1", "BYRADIUS", "1", "m", "WITHDIST"}),
            Error("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"));
  EXPECT_EQ(Run({"GEORADIUS", "g", "1", "1", "1", "m", "STORE", "d", "WITHDIST"}),
            Error("ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"));
  Run({"SET", "s", "x"});
  EXPECT_EQ(Run({"GEOSEARCH", "s", "FROMLONLAT", "1", "1", "BYRADIUS", "1", "m"}),
            Error("WRONGTYPE Operation against a key holding the wrong kind of value"));
}

// Scores that are no places give some place, and no harm.
TEST_F(GeoTest, AnyScoreIsSomePlace) {
  Run({"ZADD", "z", "-1", "a", "inf", "b", "-inf", "c", "1e300", "d", "0.5", "e"});
  EXPECT_EQ(Run({"GEOPOS", "z", "a", "b", "c", "d", "e"}).substr(0, 4), "*5\r\n");
  EXPECT_EQ(Run({"GEOHASH", "z", "a", "b", "c", "d", "e"}).substr(0, 4), "*5\r\n");
  for (const char* radius : {"0", "1", "1e5", "1e300", "inf"}) {
    const std::string reply = Run({"GEOSEARCH", "z", "FROMMEMBER", "a", "BYRADIUS", radius, "km"});
    EXPECT_EQ(reply[0], '*') << radius;
    EXPECT_EQ(Run({"GEOSEARCH", "z", "FROMMEMBER", "b", "BYBOX", radius, radius, "km"})[0], '*') << radius;
  }
}

}  // namespace
}  // namespace keyway::testing
