//--- What an EA may make of a trade server's return code.
#ifndef SUHO_RETCODE_MQH
#define SUHO_RETCODE_MQH

#define SUHO_CODE_INVALID_STOPS 10016
#define SUHO_CODE_NO_CHANGES 10025
#define SUHO_CODE_MARKET_CLOSED 10018
#define SUHO_CODE_POSITION_CLOSED 10036

enum ENUM_SUHO_MEANING
  {
   SUHO_MEANING_DONE=0,
   //--- the trade may or may not have happened
   SUHO_MEANING_AMBIGUOUS=1,
   SUHO_MEANING_NEW_PRICE=2,
   SUHO_MEANING_LATER=3,
   SUHO_MEANING_REFUSED=4
  };

ENUM_SUHO_MEANING SuhoMeaning(const uint retcode)
  {
   switch((int)retcode)
     {
      case 10009: // done
      case 10010: // done partially
         return(SUHO_MEANING_DONE);
      case 10008: // placed: sent, and no more than that
      case 10011: // error
      case 10012: // timeout
      case 10031: // no connection
      case 10039: // a close order exists already: an earlier one may be under way
         return(SUHO_MEANING_AMBIGUOUS);
      case 10004: // requote
      case 10020: // price changed
      case 10021: // no quotes
         return(SUHO_MEANING_NEW_PRICE);
      case 10018: // market closed
      case 10024: // too many requests
      case 10028: // locked
      case 10029: // frozen: the price is too near to let anything be changed
         return(SUHO_MEANING_LATER);
     }
   //--- 10006, 10007, 10013-10017, 10019, 10022, 10023, 10026, 10027, 10030, 10032-10036, 10038, 10040-10046: for good
   return(SUHO_MEANING_REFUSED);
  }

string SuhoRetcodeText(const uint retcode)
  {
   switch((int)retcode)
     {
      case 10004: return("requote");
      case 10006: return("rejected");
      case 10007: return("cancelled by the dealer");
      case 10008: return("order placed");
      case 10009: return("done");
      case 10010: return("done in part");
      case 10011: return("error while processing");
      case 10012: return("timeout");
      case 10013: return("invalid request");
      case 10014: return("invalid volume");
      case 10015: return("invalid price");
      case 10016: return("invalid stops");
      case 10017: return("trade disabled");
      case 10018: return("market closed");
      case 10019: return("not enough money");
      case 10020: return("price changed");
      case 10021: return("no quotes");
      case 10022: return("invalid expiration");
      case 10024: return("too many requests");
      case 10025: return("no changes");
      case 10026: return("automated trading disabled by the server");
      case 10027: return("automated trading disabled in the terminal");
      case 10028: return("locked for processing");
      case 10029: return("order or position frozen");
      case 10030: return("filling mode not supported");
      case 10031: return("no connection to the trade server");
      case 10032: return("only for live accounts");
      case 10033: return("too many pending orders");
      case 10034: return("volume limit of the symbol reached");
      case 10035: return("invalid order type");
      case 10036: return("position closed already");
      case 10038: return("close volume above the position's");
      case 10039: return("a close order exists already");
      case 10040: return("too many positions");
      case 10042: return("only buying allowed");
      case 10043: return("only selling allowed");
      case 10044: return("only closing allowed");
      case 10045: return("only first in, first out");
      case 10046: return("hedging prohibited");
     }
   return("");
  }

//--- "The broker refused it with 10016 (invalid stops)."
string SuhoRefusalText(const uint retcode)
  {
   string text="The broker refused it with ";
   text+=IntegerToString((long)retcode);
   string words=SuhoRetcodeText(retcode);
   if(words!="")
     {
      text+=" (";
      text+=words;
      text+=")";
     }
   text+=".";
   return(text);
  }

#endif
