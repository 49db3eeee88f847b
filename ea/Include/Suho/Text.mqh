//--- Ids, numbers and lines as people read them. Only functions that MQL5 and C++ read alike.
#ifndef SUHO_TEXT_MQH
#define SUHO_TEXT_MQH
#include "Protocol.mqh"

#define SUHO_COMMENT_MOST 31

bool SuhoSameId(const SuhoId &a,const SuhoId &b)
  {
   for(int i=0; i<16; i++)
      if(a.bytes[i]!=b.bytes[i])
         return(false);
   return(true);
  }

string SuhoHexByte(const uchar value)
  {
   string digits="0123456789abcdef";
   string text=StringSubstr(digits,(int)(value>>4),1);
   text+=StringSubstr(digits,(int)(value & 15),1);
   return(text);
  }

//--- as RFC 9562 writes it
string SuhoIdText(const SuhoId &id)
  {
   string text="";
   for(int i=0; i<16; i++)
     {
      if(i==4 || i==6 || i==8 || i==10)
         text+="-";
      text+=SuhoHexByte(id.bytes[i]);
     }
   return(text);
  }

//--- value of a hex digit, -1 for none
int SuhoHexDigit(const ushort letter)
  {
   if(letter>='0' && letter<='9')
      return((int)letter-'0');
   if(letter>='a' && letter<='f')
      return((int)letter-'a'+10);
   if(letter>='A' && letter<='F')
      return((int)letter-'A'+10);
   return(-1);
  }

//--- reads a UUID with or without hyphens
bool SuhoParseId(const string text,SuhoId &id)
  {
   int digits=0;
   for(int i=0; i<StringLen(text); i++)
     {
      ushort letter=StringGetCharacter(text,i);
      if(letter=='-')
         continue;
      int value=SuhoHexDigit(letter);
      if(value<0 || digits>=32)
         return(false);
      if((digits & 1)==0)
         id.bytes[digits/2]=(uchar)(value<<4);
      else
         id.bytes[digits/2]=(uchar)(id.bytes[digits/2]|value);
      digits++;
     }
   return(digits==32);
  }

//--- the key as HELLO carries it: 64 lower-case hex digits; empty where it is none
string SuhoParseKey(const string text)
  {
   string key=text;
   StringTrimLeft(key);
   StringTrimRight(key);
   StringToLower(key);
   if(StringFind(key,"suho_")==0)
      key=StringSubstr(key,5);
   if(StringLen(key)!=64)
      return("");
   for(int i=0; i<64; i++)
      if(SuhoHexDigit(StringGetCharacter(key,i))<0)
         return("");
   return(key);
  }

//--- milliseconds at which a version 7 id was made; 0 for another version
long SuhoIdTimeMs(const SuhoId &id)
  {
   if((id.bytes[6]>>4)!=7)
      return(0);
   ulong made=0;
   for(int i=0; i<6; i++)
      made=(made<<8)|id.bytes[i];
   return((long)made);
  }

string SuhoTicket(const ulong value) { return(IntegerToString((long)value)); }
string SuhoWhole(const long value) { return(IntegerToString(value)); }

//--- a number without the zeros at its end
string SuhoNumber(const double value,const int digits=8)
  {
   string text=DoubleToString(value,digits);
   if(StringFind(text,".")<0)
      return(text);
   int length=StringLen(text);
   while(length>1 && StringGetCharacter(text,length-1)=='0')
      length--;
   if(StringGetCharacter(text,length-1)=='.')
      length--;
   return(StringSubstr(text,0,length));
  }

string SuhoClip(const string text,const int most)
  {
   return(StringLen(text)>most ? StringSubstr(text,0,most) : text);
  }

//--- a name that may stand in a file's name
string SuhoFileWord(const string text)
  {
   string word="";
   for(int i=0; i<StringLen(text); i++)
     {
      ushort letter=StringGetCharacter(text,i);
      bool plain=(letter>='0' && letter<='9') || (letter>='a' && letter<='z') || (letter>='A' && letter<='Z');
      word+=plain ? StringSubstr(text,i,1) : "-";
     }
   return(word);
  }

#endif
